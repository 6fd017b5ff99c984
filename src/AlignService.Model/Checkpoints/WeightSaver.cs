using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Parameters;
using AlignService.Model.Safetensors;
using TorchSharp.Modules;

namespace AlignService.Model.Checkpoints;

/// <summary>Writes parameters as safetensors, each in its stored dtype, or all in one.</summary>
internal static class WeightSaver
{
    /// <param name="parameters">What to write.</param>
    /// <param name="sourceDirectory">Where the weights came from, for their dtypes and tables; null: a new model, float32 unless <paramref name="dtype"/> says otherwise.</param>
    /// <param name="targetDirectory">Exists, without weights.</param>
    /// <param name="dtype">null: each as it was stored.</param>
    internal static void Save(ParameterSet parameters, string? sourceDirectory, string targetDirectory, StoredDtype? dtype)
    {
        using SafetensorsDirectory? source = sourceDirectory is null ? null : SafetensorsDirectory.Open(sourceDirectory);
        var pending = new List<PendingTensor>();
        foreach ((string name, Parameter parameter) in parameters.All)
        {
            pending.Add(new PendingTensor(name, dtype ?? DtypeOf(source, name), parameter.shape, stream => StoredTensors.Write(parameters.Exact(name), dtype ?? DtypeOf(source, name), stream)));
        }

        foreach (StoredTensor table in source?.Tensors.Where(tensor => WeightFit.IsTable(tensor.Name)) ?? [])
        {
            pending.Add(new PendingTensor(table.Name, table.Dtype, table.Shape, stream => Copy(source!, table, stream))); // it has the table
        }

        SafetensorsWriter.WriteDirectory(targetDirectory, pending);
    }

    private static StoredDtype DtypeOf(SafetensorsDirectory? source, string name) =>
        source is not null && source.TryGet(name, out _, out StoredTensor stored) ? stored.Dtype : StoredDtype.Float32;

    private static void Copy(SafetensorsDirectory source, StoredTensor table, Stream stream)
    {
        const int BlockSize = 1 << 20;
        source.TryGet(table.Name, out SafetensorsFile file, out _);
        long length = table.End - table.Begin;
        for (long offset = 0; offset < length; offset += BlockSize)
        {
            stream.Write(file.Bytes(table, offset, (int)Math.Min(BlockSize, length - offset)));
        }
    }
}
