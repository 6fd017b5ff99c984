using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>Which models and data jobs read: what their specs name, recorded when they are created.</summary>
public interface IJobSources
{
    /// <summary>
    /// Removes a model or a dataset that no job needs, while no job can be created: a job either finds it when it is created and keeps it, or does not find it. Needed is what a job that
    /// has not ended names, by name or path, and what the jobs named whose checkpoints it starts from: an adapter needs its base.
    /// </summary>
    /// <param name="project">Whose it is; only its jobs can name it, others may know its path.</param>
    /// <param name="name">What is removed.</param>
    /// <param name="directory">Where it is; jobs may name it by a path.</param>
    /// <param name="remove">Removes it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ResourceInUseException">A job needs it.</exception>
    Task RemoveUnusedAsync(ProjectId project, StoredName name, string directory, Action remove, CancellationToken cancellationToken);
}

/// <summary>Something with a name is not there, or is not the caller's.</summary>
/// <param name="name">The resource name.</param>
/// <param name="message">Says so, and what to do.</param>
public sealed class ResourceNotFoundException(string name, string message) : AlignException(message)
{
    /// <param name="name">The resource name.</param>
    public ResourceNotFoundException(string name)
        : this(name, $"{name} does not exist.")
    {
    }

    public string Name => name;

    public static ResourceNotFoundException Of(StoredName name) => new(name.ResourceName, $"{name} does not exist; list the {name.Collection} to see which do.");
}

/// <summary>Something still needs a model or a dataset that is to be deleted.</summary>
/// <param name="name">What is to be deleted.</param>
/// <param name="user">The resource name of what needs it.</param>
/// <param name="message">Says so, and what to do.</param>
public sealed class ResourceInUseException(StoredName name, string user, string message) : AlignException(message)
{
    public StoredName Name => name;

    public string User => user;
}
