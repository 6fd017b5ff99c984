namespace AlignService.Testing;

/// <summary>Where the checkout is that the running tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AlignService.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No AlignService.sln above {AppContext.BaseDirectory}: run the tests from a build inside the checkout.");
    }
}
