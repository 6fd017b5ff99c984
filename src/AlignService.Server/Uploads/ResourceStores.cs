using System.Collections.Concurrent;
using AlignService.Server.Access;
using AlignService.Server.Hosting;
using AlignService.Specs.Resources;
using AlignService.Store.Resources;

namespace AlignService.Server.Uploads;

/// <summary>The models and datasets that the server keeps, of each project by themselves.</summary>
internal sealed class ResourceStores(HostSettings settings, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<(ProjectId Project, string Collection), ResourceStore> _stores = new();

    /// <summary>Of every project that keeps something.</summary>
    public IReadOnlyList<ResourceStore> All => [.. Projects().SelectMany(project => new[] { Of(project, StoredName.Models), Of(project, StoredName.Datasets) })];

    /// <summary>The same one for the same project and collection: it knows who writes.</summary>
    public ResourceStore Of(ProjectId project, string collection) => _stores.GetOrAdd((project, collection), key => new ResourceStore(settings.DataRoot.Of(key.Project), key.Collection, time));

    public void Dispose()
    {
        foreach (ResourceStore store in _stores.Values)
        {
            store.Dispose();
        }
    }

    private IEnumerable<ProjectId> Projects()
    {
        yield return ProjectId.Default;
        string folder = settings.DataRoot.Projects;
        foreach (string path in Directory.Exists(folder) ? Directory.GetDirectories(folder) : [])
        {
            if (ProjectId.TryParse(Path.GetFileName(path), out ProjectId project))
            {
                yield return project;
            }
        }
    }
}

/// <summary>The models and datasets of the caller's project. Those of another are looked for where they are not, like those that do not exist.</summary>
internal sealed class CallerResources(ResourceStores stores, CallerContext context)
{
    public ResourceStore Models => stores.Of(context.Caller.Project, StoredName.Models);

    public ResourceStore Datasets => stores.Of(context.Caller.Project, StoredName.Datasets);
}
