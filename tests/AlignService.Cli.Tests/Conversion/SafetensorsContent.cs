using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace AlignService.Cli.Tests.Conversion;

/// <summary>A tensor as a safetensors file has it.</summary>
internal sealed record StoredTensor(string Dtype, IReadOnlyList<long> Shape, byte[] Bytes);

/// <summary>What the safetensors files of a directory hold, read without the code under test.</summary>
internal static class SafetensorsContent
{
    public static Dictionary<string, StoredTensor> Read(string directory)
    {
        var tensors = new Dictionary<string, StoredTensor>();
        foreach (string path in Directory.GetFiles(directory, "*.safetensors"))
        {
            byte[] file = File.ReadAllBytes(path);
            int start = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
            foreach ((string name, JsonNode? tensor) in JsonNode.Parse(file.AsSpan(8, start - 8))!.AsObject().Where(entry => entry.Key != "__metadata__"))
            {
                int begin = (int)tensor!["data_offsets"]![0]!, end = (int)tensor["data_offsets"]![1]!;
                tensors.Add(name, new StoredTensor((string)tensor["dtype"]!, [.. tensor["shape"]!.AsArray().Select(size => (long)size!)], file[(start + begin)..(start + end)]));
            }
        }

        return tensors;
    }
}
