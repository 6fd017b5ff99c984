using AlignService.Testing;

namespace AlignService.Architecture.Tests.Deploy;

/// <summary>What `COPY . .` puts into the image: the checkout without what .dockerignore names.</summary>
internal static class CleanCheckout
{
    private static readonly string[] Ignored =
        [.. File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore")).Where(line => line.Length > 0 && !line.StartsWith('#'))];

    public static void CopyTo(string target) => Copy(new DirectoryInfo(Repository.Root), target, isRoot: true);

    private static void Copy(DirectoryInfo source, string target, bool isRoot)
    {
        Directory.CreateDirectory(target);
        foreach (FileInfo file in source.EnumerateFiles())
        {
            file.CopyTo(Path.Combine(target, file.Name));
        }

        foreach (DirectoryInfo folder in source.EnumerateDirectories().Where(folder => !IsIgnored(folder.Name, isRoot)))
        {
            Copy(folder, Path.Combine(target, folder.Name), isRoot: false);
        }
    }

    private static bool IsIgnored(string name, bool isRoot) => Ignored.Contains("**/" + name) || (isRoot && Ignored.Contains(name));
}
