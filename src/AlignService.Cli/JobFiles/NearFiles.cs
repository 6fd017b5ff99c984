using AlignService.Specs.Violations;

namespace AlignService.Cli.JobFiles;

/// <summary>Finds the files beside a missing one that may have been meant.</summary>
internal static class NearFiles
{
    public static string Hint(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            return $" (nor does its folder {folder})";
        }

        var near = NearNames.Find(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)));
        return near.Count > 0 ? $"; near it are {string.Join(", ", near)}" : "";
    }
}
