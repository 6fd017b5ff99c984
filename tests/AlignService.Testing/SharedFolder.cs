namespace AlignService.Testing;

/// <summary>Real models, tokenizers and data beside the checkout: ALIGN_SHARED, by default ../shared.</summary>
public static class SharedFolder
{
    public static string Root { get; } =
        Path.GetFullPath(Environment.GetEnvironmentVariable("ALIGN_SHARED") ?? Path.Combine(Repository.Root, "..", "shared"));

    public static bool Exists => Directory.Exists(Root);

    /// <summary>The path of a file or folder in it; where it is absent the test is skipped, or fails if ALIGN_REQUIRE names `shared`.</summary>
    public static string Require(string relativePath)
    {
        string path = Path.Combine(Root, relativePath);
        if (!Path.Exists(path))
        {
            Requirement.Missing("shared", $"there is no {path}; set ALIGN_SHARED to the folder that holds models/, tokenizers/ and data/.");
        }

        return path;
    }
}
