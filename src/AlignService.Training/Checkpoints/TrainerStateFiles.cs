using System.Text.Json;
using System.Text.Json.Serialization;
using AlignService.HuggingFace.Integrity;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Safetensors;
using AlignService.Specs.Settings;
using static TorchSharp.torch;

namespace AlignService.Training.Checkpoints;

/// <summary>
/// trainer_state.json and trainer_state.safetensors in a folder of their own beside a model: what a run of any kind needs to continue bit for bit. Earlier
/// versions wrote them among the model's files; those checkpoints are read too.
/// </summary>
internal static class TrainerStateFiles
{
    private const string StateFile = "trainer_state.json";
    private const string TensorsFile = "trainer_state.safetensors";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static void Write<TState>(string directory, TState state, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        string folder = Directory.CreateDirectory(Path.Combine(directory, CheckpointLayout.TrainerFolder)).FullName;
        TensorFile.Write(Path.Combine(folder, TensorsFile), tensors);
        File.WriteAllText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state, Json));
    }

    /// <exception cref="CheckpointException">The file does not exist, or is damaged.</exception>
    public static TState ReadState<TState>(string directory)
    {
        string path = Path.Combine(FolderOf(directory), StateFile);
        try
        {
            return JsonSerializer.Deserialize<TState>(File.ReadAllText(path), Json) ?? throw new JsonException("it is null");
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            throw new CheckpointException($"{path} cannot be read: {fault.Message} Resume from an older checkpoint.", fault);
        }
    }

    /// <summary>Copies the stored tensors into those of the run, by name.</summary>
    public static void ReadTensors(string directory, IReadOnlyDictionary<string, Tensor> targets) => TensorFile.Read(Path.Combine(FolderOf(directory), TensorsFile), targets);

    /// <summary>Copies the model's weights from its own files in the checkpoint.</summary>
    public static void ReadWeights(Transformer model, string directory)
    {
        using var noGrad = no_grad();
        using CheckpointWeights weights = CheckpointWeights.Open(directory);
        foreach ((string name, Tensor parameter) in model.ExactParameters())
        {
            using Tensor values = weights.ReadLike(name, parameter)
                ?? throw new CheckpointException($"{directory} has no tensor {name} of the shape [{string.Join(", ", parameter.shape)}]. Resume with the job's own checkpoint.");
            parameter.copy_(values);
        }
    }

    /// <summary>A model's parameters in full precision, under names with a prefix. Borrowed.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> WeightsOf(Transformer model, string prefix) =>
        model.ExactParameters().Select(entry => KeyValuePair.Create(prefix + entry.Name, entry.Value));

    public static StoredDtype? Stored(SaveDtype dtype) => dtype switch
    {
        SaveDtype.AsLoaded => null,
        SaveDtype.F32 => StoredDtype.Float32,
        SaveDtype.BF16 => StoredDtype.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };

    private static string FolderOf(string directory)
    {
        string folder = Path.Combine(directory, CheckpointLayout.TrainerFolder);
        return Directory.Exists(folder) || !File.Exists(Path.Combine(directory, StateFile)) ? folder : directory;
    }
}
