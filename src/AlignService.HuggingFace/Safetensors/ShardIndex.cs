using System.Text.Encodings.Web;
using System.Text.Json;
using AlignService.Text.Json;

namespace AlignService.HuggingFace.Safetensors;

/// <summary>The index of sharded weights, which maps tensors to files, for both safetensors and torch.</summary>
public static class ShardIndex
{
    private const long LargestIndex = 100_000_000;
    private static readonly JsonWriterOptions Indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <returns>The file of each tensor, a plain name with the given suffix.</returns>
    /// <exception cref="CheckpointException">It is not such an index, or names a file in another directory.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path, string suffix)
    {
        string name = Path.GetFileName(path);
        try
        {
            if (new FileInfo(path).Length > LargestIndex)
            {
                throw new CheckpointException($"{name} is larger than {LargestIndex} bytes.");
            }

            using JsonDocument document = JsonDocument.Parse(PythonJson.ToJson(File.ReadAllBytes(path), name), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            var map = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty entry in document.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                map.Add(entry.Name, CheckShardName(entry.Value.GetString(), suffix, name));
            }

            return map;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{name} is not an index with a weight_map of tensor names and files: {fault.Message}", fault);
        }
    }

    /// <summary>Writes a new index; it is flushed to disk when this returns.</summary>
    /// <param name="path">The index.</param>
    /// <param name="shards">The files' names and contents.</param>
    public static void Write(string path, IReadOnlyList<(string Name, IReadOnlyList<PendingTensor> Tensors)> shards)
    {
        var tensors = shards.SelectMany(shard => shard.Tensors.Select(tensor => (shard.Name, Tensor: tensor))).ToList();
        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        using (var json = new Utf8JsonWriter(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_parameters", tensors.Sum(entry => entry.Tensor.ElementCount));
            json.WriteNumber("total_size", tensors.Sum(entry => entry.Tensor.ByteCount));
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach ((string file, PendingTensor tensor) in tensors.OrderBy(entry => entry.Tensor.Name, StringComparer.Ordinal))
            {
                json.WriteString(tensor.Name, file);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        stream.Flush(flushToDisk: true);
    }

    /// <summary>A shard is in the same directory as its index, never elsewhere.</summary>
    private static string CheckShardName(string? name, string suffix, string index)
    {
        bool plain = name is not null && name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && name[0] != '.';
        return plain ? name! : throw new CheckpointException($"{index} names the file '{name}'; a shard must be a plain file name ending with {suffix}.");
    }
}
