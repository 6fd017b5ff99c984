using AlignService.HuggingFace.Files;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Directories;

/// <summary>Recognizes quantized checkpoints, which cannot be read or trained, so that they are refused by their method rather than tensor by tensor.</summary>
internal static class QuantizedWeights
{
    private const string Remedy = "Use the model's original weights in bfloat16, float16 or float32 (publishers keep them beside the quantized copy), or load this one with its own library, dequantize it and save it.";

    /// <summary>Where writers describe their quantization: transformers, compressed-tensors before it was part of transformers, and mlx.</summary>
    private static readonly string[] ConfigKeys = ["quantization_config", "compression_config", "quantization"];

    /// <summary>What only a method's own tensors are called, the most specific first.</summary>
    private static readonly (string Ending, string Method)[] Endings =
    [
        (".quant_state.bitsandbytes__nf4", "bitsandbytes, nf4"), (".quant_state.bitsandbytes__fp4", "bitsandbytes, fp4"), (".absmax", "bitsandbytes, 4 bits"), (".SCB", "bitsandbytes, 8 bits"),
        (".qweight", "GPTQ or AWQ"), (".qzeros", "GPTQ or AWQ"), (".weight_packed", "compressed-tensors"), (".weight_scale_inv", "fp8, in blocks"), (".weight_scale", "fp8"),
        (".W_q", "HQQ"), (".codebooks", "AQLM"), ("._data", "quanto"), (".qdata", "torchao"), ("_blocks", "mxfp4"), (".scales", "mlx"),
    ];

    /// <exception cref="CheckpointException">The configuration says that the weights are quantized.</exception>
    internal static void Refuse(ConfigObject config)
    {
        foreach (string key in ConfigKeys)
        {
            if (config.Object(key) is { IsEmpty: false } options)
            {
                string method = options.Has("quant_method") ? options.Text("quant_method") : key == "quantization" ? "mlx" : "a method that it does not name";
                string bits = options.Has("bits") ? $", {options.Raw("bits")} bits" : options.Has("load_in_4bit") && options.Bool("load_in_4bit", false) ? ", 4 bits" : "";
                throw new CheckpointException($"The weights are quantized ({method}{bits}; {key} in config.json), and quantized weights are not supported. {Remedy}");
            }
        }
    }

    /// <summary>What is wrong with weights that a quantizer wrote; null where none did.</summary>
    internal static string? FindFault(IEnumerable<StoredTensor> tensors)
    {
        (StoredTensor Tensor, string Method)? found = null;
        int best = Endings.Length;
        foreach (StoredTensor tensor in tensors)
        {
            int place = Array.FindIndex(Endings, entry => tensor.Name.EndsWith(entry.Ending, StringComparison.Ordinal));
            if (place >= 0 && place < best)
            {
                best = place;
                found = (tensor, Endings[place].Method);
            }
            else if (found is null && tensor.Dtype is StoredDtype.Float8E4M3 or StoredDtype.Float8E5M2)
            {
                found = (tensor, "fp8");
            }
        }

        return found is var (example, method) ? $"The weights are quantized ({method}): {example.Name} is {example.Describe()}. {Remedy}" : null;
    }
}
