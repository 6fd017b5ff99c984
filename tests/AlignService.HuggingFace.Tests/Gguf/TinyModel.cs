using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Exports;
using AlignService.HuggingFace.Gguf;
using AlignService.HuggingFace.Safetensors;
using Xunit;

namespace AlignService.HuggingFace.Tests.Gguf;

/// <summary>A model directory with one small block, made for what a test wants to be unusual about it.</summary>
internal sealed class TinyModel(string directory)
{
    public string Directory { get; } = directory;

    /// <param name="directory">Is created.</param>
    /// <param name="change">Changes config.json, of a llama with 8 tokens, 2 heads and a width of 32.</param>
    /// <param name="valueOf">The value at an index of a tensor, by the tensor's name.</param>
    public static TinyModel Write(string directory, Action<JsonObject>? change = null, Func<string, int, float>? valueOf = null)
    {
        System.IO.Directory.CreateDirectory(directory);
        var config = new JsonObject
        {
            ["model_type"] = "llama",
            ["vocab_size"] = 8,
            ["hidden_size"] = 32,
            ["intermediate_size"] = 64,
            ["num_attention_heads"] = 2,
            ["num_hidden_layers"] = 1,
            ["max_position_embeddings"] = 64,
            ["tie_word_embeddings"] = true,
        };
        change?.Invoke(config);
        File.WriteAllText(Path.Combine(directory, "config.json"), config.ToJsonString());
        valueOf ??= (_, i) => MathF.Sin(i + 1) / 8;
        SafetensorsWriter.WriteDirectory(directory, [.. ParameterLayout.Of(ModelDescription.Read(directory).Config).Select(spec =>
            new PendingTensor(spec.Name, StoredDtype.Float32, spec.Shape, stream => WriteValues(stream, spec, valueOf)))]);
        return new TinyModel(directory);
    }

    /// <summary>Copies a tokenizer beside the weights, whose vocabulary must be as large as its own.</summary>
    public TinyModel WithTokenizer(string tokenizerJson, string? source = null)
    {
        File.WriteAllText(Path.Combine(Directory, "tokenizer.json"), tokenizerJson);
        if (source is not null && File.Exists(Path.Combine(source, "tokenizer_config.json")))
        {
            File.Copy(Path.Combine(source, "tokenizer_config.json"), Path.Combine(Directory, "tokenizer_config.json"));
        }

        return this;
    }

    public ModelExport Export(string path, GgufType type = GgufType.Float32) =>
        GgufExport.Write(new AdaptedModel(Directory, null), path, type, TestContext.Current.CancellationToken);

    private static void WriteValues(Stream stream, ParameterSpec spec, Func<string, int, float> valueOf)
    {
        for (int i = 0; i < spec.ElementCount; i++)
        {
            stream.Write(BitConverter.GetBytes(valueOf(spec.Name, i)));
        }
    }
}
