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
                throw new CheckpointException($"{directory} has neither {SingleFile} nor {IndexFile}. Convert weights in other formats (pytorch_model.bin) first: align model convert {directory} --to NEW_DIRECTORY.");
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
                throw new CheckpointException($"The tensor {tensor.Name} is in two files, {Path.GetFileName(_tensors[tensor.Name].File.Path)} and {Path.GetFileName(file.Path)}.");
            }
        }
    }

    private void AddShards(string directory)
    {
        IReadOnlyDictionary<string, string> map = ShardIndex.Read(Path.Combine(directory, IndexFile), ".safetensors");
        foreach (string shard in map.Values.Distinct().Order(StringComparer.Ordinal))
        {
            Add(SafetensorsFile.Open(Path.Combine(directory, shard)));
        }

        var faults = map.Where(entry => !_tensors.TryGetValue(entry.Key, out var found) || Path.GetFileName(found.File.Path) != entry.Value)
            .Select(entry => $"{entry.Key} is not in {entry.Value}, as the index says")
            .Concat(_tensors.Keys.Where(name => !map.ContainsKey(name)).Select(name => $"{name} is in a shard but not in the index"))
            .Order(StringComparer.Ordinal)
            .ToList();
        if (faults.Count > 0)
        {
            throw new CheckpointException($"{IndexFile} and its shards differ: {string.Join("; ", faults)}.");
        }
    }
}
