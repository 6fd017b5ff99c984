using System.Text.Json;

namespace AlignService.HuggingFace.Safetensors;

/// <summary>The weights of a checkpoint directory: model.safetensors, or the shards that model.safetensors.index.json lists.</summary>
internal sealed class SafetensorsDirectory : IDisposable
{
    internal const string SingleFile = "model.safetensors";
    internal const string IndexFile = "model.safetensors.index.json";

    private readonly Dictionary<string, (SafetensorsFile File, StoredTensor Tensor)> _tensors = new(StringComparer.Ordinal);
    private readonly List<SafetensorsFile> _files = [];

    private SafetensorsDirectory()
    {
    }

    internal IEnumerable<StoredTensor> Tensors => _tensors.Values.Select(entry => entry.Tensor);

    internal IEnumerable<string> FileNames => _files.Select(file => Path.GetFileName(file.Path));

    internal static SafetensorsDirectory Open(string directory)
    {
        var opened = new SafetensorsDirectory();
        try
        {
            if (File.Exists(Path.Combine(directory, SingleFile)))
            {
                opened.Add(SafetensorsFile.Open(Path.Combine(directory, SingleFile)));
            }
            else if (File.Exists(Path.Combine(directory, IndexFile)))
            {
                opened.AddShards(directory);
            }
            else
            {
                throw new CheckpointException($"{directory} has neither {SingleFile} nor {IndexFile}. Weights in other formats (pytorch_model.bin) have to be converted to safetensors first.");
            }

            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    internal bool TryGet(string name, out SafetensorsFile file, out StoredTensor tensor)
    {
        bool found = _tensors.TryGetValue(name, out (SafetensorsFile File, StoredTensor Tensor) entry);
        (file, tensor) = entry;
        return found;
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Add(SafetensorsFile file)
    {
        _files.Add(file);
        foreach (StoredTensor tensor in file.Tensors.Values)
        {
            if (!_tensors.TryAdd(tensor.Name, (file, tensor)))
            {
                throw new CheckpointException($"The tensor {tensor.Name} stands in two files, {Path.GetFileName(_tensors[tensor.Name].File.Path)} and {Path.GetFileName(file.Path)}.");
            }
        }
    }

    private void AddShards(string directory)
    {
        Dictionary<string, string> map = ReadIndex(Path.Combine(directory, IndexFile));
        foreach (string shard in map.Values.Distinct().Order(StringComparer.Ordinal))
        {
            Add(SafetensorsFile.Open(Path.Combine(directory, shard)));
        }

        var faults = map.Where(entry => !_tensors.TryGetValue(entry.Key, out var found) || Path.GetFileName(found.File.Path) != entry.Value)
            .Select(entry => $"{entry.Key} is not in {entry.Value}, where the index says")
            .Concat(_tensors.Keys.Where(name => !map.ContainsKey(name)).Select(name => $"{name} is in a shard but not in the index"))
            .Order(StringComparer.Ordinal)
            .ToList();
        if (faults.Count > 0)
        {
            throw new CheckpointException($"{IndexFile} and its shards differ: {string.Join("; ", faults)}.");
        }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        const long LargestIndex = 100_000_000;
        try
        {
            if (new FileInfo(path).Length > LargestIndex)
            {
                throw new CheckpointException($"{IndexFile} is larger than {LargestIndex} bytes.");
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            var map = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty entry in document.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                map.Add(entry.Name, CheckShardName(entry.Value.GetString()));
            }

            return map;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{IndexFile} is not an index with a weight_map of tensor names and files: {fault.Message}", fault);
        }
    }

    /// <summary>A shard stands beside its index: no folders, no way out of the directory.</summary>
    private static string CheckShardName(string? name)
    {
        const string Suffix = ".safetensors";
        bool plain = name is not null && name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal)
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && name[0] != '.';
        return plain ? name! : throw new CheckpointException($"{IndexFile} names the file '{name}'; a shard is a plain file name that ends with {Suffix}.");
    }
}
