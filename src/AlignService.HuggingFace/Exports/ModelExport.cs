using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Integrity;

namespace AlignService.HuggingFace.Exports;

/// <summary>A model written for other programs, whole or not at all: under a temporary name, which is then changed.</summary>
/// <param name="Path">The new file or directory.</param>
/// <param name="ByteCount">Of all files.</param>
/// <param name="Findings">What is different there, for people to know.</param>
public sealed record ModelExport(string Path, long ByteCount, IReadOnlyList<string> Findings)
{
    /// <summary>Runs an export: checks source and target, and removes what is unfinished if it fails.</summary>
    /// <param name="model">A full model, or a base and its adapter.</param>
    /// <param name="target">Must not exist.</param>
    /// <param name="write">Writes to a temporary path beside the target, and returns findings.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="CheckpointException">The target exists, or the model is damaged or cannot be exported.</exception>
    internal static ModelExport Run(AdaptedModel model, string target, Func<string, IReadOnlyList<string>> write, CancellationToken cancellationToken)
    {
        string path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(target)), partial = path + ".partial";
        if (System.IO.Path.Exists(path) || System.IO.Path.Exists(partial))
        {
            throw new CheckpointException($"{(System.IO.Path.Exists(path) ? path : partial)} already exists; name another path, or remove it.");
        }

        ModelIntegrity.Check(model, cancellationToken);
        string? parent = System.IO.Path.GetDirectoryName(path);
        bool isParentNew = parent is not null && !Directory.Exists(parent);
        if (isParentNew)
        {
            Directory.CreateDirectory(parent!); // it is not null if it is new
        }

        try
        {
            IReadOnlyList<string> findings = write(partial);
            Directory.Move(partial, path); // a file too
            return new ModelExport(path, ByteCountOf(path), findings);
        }
        catch (ArgumentOutOfRangeException exception) when (exception.ParamName == "value")
        {
            // What .NET makes of EFBIG.
            Remove(partial, isParentNew);
            throw new IOException($"{path} cannot be written: a file is larger than the file system, or the limit of the process, allows.", exception);
        }
        catch
        {
            Remove(partial, isParentNew);
            throw;
        }
    }

    private static long ByteCountOf(string path) =>
        File.Exists(path) ? new FileInfo(path).Length : new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static void Remove(string path, bool withParent)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }

        if (withParent)
        {
            Directory.Delete(System.IO.Path.GetDirectoryName(path)!); // it was made for this path
        }
    }
}
