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
            return $", and neither does its directory {folder}";
        }

        var near = NearNames.Find(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)));
        return near.Count > 0 ? $"; similar: {string.Join(", ", near)}" : "";
    }
}
