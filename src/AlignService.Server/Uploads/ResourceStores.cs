using AlignService.Specs.Resources;
using AlignService.Store.Resources;

namespace AlignService.Server.Uploads;

/// <summary>The models that the server keeps.</summary>
internal sealed class ModelStore(DataRoot data, TimeProvider time) : IDisposable
{
    public ResourceStore Store { get; } = new(data, StoredName.Models, time);

    public void Dispose() => Store.Dispose();
}

/// <summary>The datasets that the server keeps.</summary>
internal sealed class DatasetStore(DataRoot data, TimeProvider time) : IDisposable
{
    public ResourceStore Store { get; } = new(data, StoredName.Datasets, time);

    public void Dispose() => Store.Dispose();
}
