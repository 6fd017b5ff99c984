using System.IO.Enumeration;
using AlignService.HuggingFace.Adapters;
using AlignService.Specs.Resources;

namespace AlignService.Specs.Data.Files;

/// <summary>
/// Whether a model's directory may be read: like a job's data files it lies below the policy's roots, wherever links lead, and so does each of its files, which are regular ones; and so
/// does the base of an adapter.
/// </summary>
public static class ModelAccess
{
    /// <summary>What stands against it; null where nothing does.</summary>
    /// <param name="directory">As the job names it.</param>
    /// <param name="policy">Where jobs may read.</param>
    /// <param name="withBase">Of an adapter: its base is read too.</param>
    public static PathFault? FindFault(string directory, FilePolicy policy, bool withBase = true)
    {
        try
        {
            if (FindFaultOfOne(directory, policy) is { } fault)
            {
                return fault;
            }

            return withBase && AdaptedModel.NamedBase(directory) is { } named && FindFaultOfOne(named, policy) is { } ofBase
                ? ofBase with { Message = $"{Shown.Value(directory)} is an adapter, and its base (base_model_name_or_path) cannot be used: {ofBase.Message}" }
                : null;
        }
        catch (Exception exception) when (exception is CheckpointException or IOException or UnauthorizedAccessException)
        {
            return new PathFault(exception is CheckpointException ? exception.Message : $"{Shown.Value(directory)} cannot be read ({exception.Message}).");
        }
    }

    /// <summary>As the other, for what a job's reference led to. What a name belongs to was checked where it was looked up, so a checkpoint may lie, and its job's base may, where paths may not lead.</summary>
    /// <param name="reference">As the job names it.</param>
    /// <param name="directory">Where that is.</param>
    /// <param name="policy">Where jobs may read.</param>
    /// <param name="withBase">Of an adapter: its base is read too.</param>
    public static PathFault? FindFault(string reference, string directory, FilePolicy policy, bool withBase = true) => ModelReference.Parse(reference) switch
    {
        { Stored: { } stored } when policy.Data is not null && !Directory.Exists(directory) => Missing(stored),
        { JobId: not null } => FindFault(directory, policy with { Closed = [] }, withBase),
        _ => FindFault(directory, policy, withBase),
    };

    /// <inheritdoc cref="FindFault(string, string, FilePolicy, bool)"/>
    /// <exception cref="CheckpointException">It may not.</exception>
    public static void Require(string reference, string directory, FilePolicy policy, bool withBase = true)
    {
        if (FindFault(reference, directory, policy, withBase) is { } fault)
        {
            throw new CheckpointException(fault.Message);
        }
    }

    private static PathFault Missing(StoredName model) =>
        new($"{model} does not exist; `align models list` shows those that do, and `align models push` imports one. For a directory beside the job file write ./{model}.") { IsMissing = true };

    private static PathFault? FindFaultOfOne(string directory, FilePolicy policy)
    {
        if (directory.Contains('\0', StringComparison.Ordinal))
        {
            return new PathFault("the path holds a NUL character; give a path without it.");
        }

        string full = Path.GetFullPath(directory);
        string real;
        try
        {
            using FileIdentity identity = FileIdentity.Of(full);
            if (!policy.Allows(identity.Path))
            {
                return new PathFault(policy.Outside(directory).Message);
            }

            if (!identity.IsDirectory)
            {
                return new PathFault($"{Shown.Value(directory)} is {identity.Kind}; give a Hugging Face directory.");
            }

            real = identity.Path;
        }
        catch (IOException fault)
        {
            // What does not exist elsewhere is not told apart from what does.
            return !policy.AllowsText(full) ? new PathFault(policy.Outside(directory).Message)
                : fault is FileNotFoundException ? new PathFault($"the directory {Shown.Value(directory)} does not exist; give a Hugging Face directory that the server can read.") { IsMissing = true }
                : new PathFault($"{Shown.Value(directory)} cannot be read ({fault.Message}); give a Hugging Face directory that the server can read.");
        }

        int count = 0;
        foreach ((string name, bool isLink) in Entries(real))
        {
            if (++count > FilePolicy.MaxFiles)
            {
                return new PathFault($"{Shown.Value(directory)} has more than {FilePolicy.MaxFiles} entries; give a directory that holds one model.");
            }

            if (FindFaultOfEntry($"{real}/{name}", isLink, $"{directory}/{name}", policy) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>Directories in a model's are not read.</summary>
    private static PathFault? FindFaultOfEntry(string path, bool isLink, string shown, FilePolicy policy)
    {
        try
        {
            using FileIdentity identity = FileIdentity.Of(path);
            return identity.IsDirectory ? null
                : isLink && !policy.Allows(identity.Path) ? new PathFault(policy.Outside(shown).Message)
                : identity.IsRegular ? null
                : new PathFault($"{Shown.Value(shown)} is {identity.Kind}; the files of a model must be regular files.");
        }
        catch (IOException)
        {
            return null; // leads nowhere, or has just gone; who needs it will miss it
        }
    }

    private static FileSystemEnumerable<(string Name, bool IsLink)> Entries(string directory) => new(
        directory,
        (ref FileSystemEntry entry) => (entry.FileName.ToString(), (entry.Attributes & FileAttributes.ReparsePoint) != 0),
        new EnumerationOptions { AttributesToSkip = FileAttributes.None });
}

/// <summary>Why a path may not be used.</summary>
/// <param name="Message">With the way out.</param>
public sealed record PathFault(string Message)
{
    /// <summary>There is nothing, where there could be something.</summary>
    public bool IsMissing { get; init; }
}
