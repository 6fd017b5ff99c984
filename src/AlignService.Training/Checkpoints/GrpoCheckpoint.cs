using System.Text.Json;
using System.Text.Json.Serialization;
using AlignService.Model;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Safetensors;
using AlignService.Training.Grpo;
using static TorchSharp.torch;

namespace AlignService.Training.Checkpoints;

/// <summary>
/// A checkpoint of a GRPO run: the policy as a Hugging Face directory, and beside it trainer_state.json and trainer_state.safetensors, from which a run continues bit for bit.
/// </summary>
public static class GrpoCheckpoint
{
    private const string StateFile = "trainer_state.json";
    private const string TensorsFile = "trainer_state.safetensors";
    private const string WeightPrefix = "policy.";
    private const string ReferencePrefix = "reference.";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Writes into a directory that holds no checkpoint yet.</summary>
    /// <param name="trainer">Between two steps.</param>
    /// <param name="startDirectory">The checkpoint that training began with: its configuration, tokenizer and dtypes are taken over.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="dtype">Number format of the weights.</param>
    /// <returns>What the number format lost; the trainer's state keeps it.</returns>
    public static RoundingReport Save(GrpoTrainer trainer, string startDirectory, string directory, SaveDtype dtype)
    {
        HuggingFaceCheckpoint.Save(trainer.Policy, startDirectory, directory, Stored(dtype));
        RoundingReport rounding = RoundingReport.Of(trainer.Policy, startDirectory, directory);
        TrainerState state = new()
        {
            CompletedSteps = trainer.CompletedSteps,
            OptimizerSteps = trainer.Optimizer.StepCount,
            PromptPosition = trainer.Prompts.Position,
            KlCoefficient = trainer.KlCoefficient,
            SkippedInARow = trainer.Improvement.SkippedInARow,
            HoldsWeights = rounding.Rounded,
            HoldsReference = trainer.Reference is not null && trainer.Config.ReferenceSyncSteps is not null,
            Waiting = trainer.Pool.Waiting,
        };
        TensorFile.Write(Path.Combine(directory, TensorsFile), Tensors(trainer, state));
        File.WriteAllText(Path.Combine(directory, StateFile), JsonSerializer.Serialize(state, Json));
        return rounding;
    }

    /// <summary>Whether a directory holds the state of a run, not only a model.</summary>
    public static bool HasState(string directory) => File.Exists(Path.Combine(directory, StateFile));

    /// <summary>Brings a new trainer to where the checkpoint's was: weights, moments, place in the data, adapted coefficients.</summary>
    /// <param name="trainer">Made by the same set-up, its policy loaded from anywhere.</param>
    /// <param name="directory">Written by <see cref="Save"/>.</param>
    /// <exception cref="CheckpointException">The checkpoint is broken or belongs to another run.</exception>
    public static void Restore(GrpoTrainer trainer, string directory)
    {
        TrainerState state = ReadState(directory);
        if (!state.HoldsWeights)
        {
            ReadWeights(trainer.Policy, directory);
        }

        TensorFile.Read(Path.Combine(directory, TensorsFile), Tensors(trainer, state));
        trainer.CompletedSteps = state.CompletedSteps;
        trainer.Optimizer.StepCount = state.OptimizerSteps;
        trainer.Prompts.Position = state.PromptPosition;
        trainer.KlCoefficient = state.KlCoefficient;
        trainer.Improvement.SkippedInARow = state.SkippedInARow;
        trainer.Pool.Restore(state.Waiting);
    }

    private static TrainerState ReadState(string directory)
    {
        string path = Path.Combine(directory, StateFile);
        try
        {
            return JsonSerializer.Deserialize<TrainerState>(File.ReadAllText(path), Json) ?? throw new JsonException("it is null");
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            throw new CheckpointException($"{path} cannot be read: {fault.Message} Resume from an older checkpoint.", fault);
        }
    }

    private static void ReadWeights(Transformer policy, string directory)
    {
        using var noGrad = no_grad();
        using CheckpointWeights weights = CheckpointWeights.Open(directory);
        foreach ((string name, Tensor parameter) in policy.NamedParameters())
        {
            using Tensor values = weights.ReadLike(name, parameter)
                ?? throw new CheckpointException($"{directory} has no tensor {name} of the shape [{string.Join(", ", parameter.shape)}]. Resume with the job's own checkpoint.");
            parameter.copy_(values);
        }
    }

    /// <summary>The state's tensors by their names in the file; borrowed.</summary>
    private static Dictionary<string, Tensor> Tensors(GrpoTrainer trainer, TrainerState state)
    {
        Dictionary<string, Tensor> tensors = new(trainer.Optimizer.Moments);
        if (state.HoldsWeights)
        {
            Add(tensors, WeightPrefix, trainer.Policy);
        }

        if (state.HoldsReference)
        {
            Add(tensors, ReferencePrefix, trainer.Reference?.Model ?? throw new CheckpointException("The checkpoint holds a reference model, but this run has none. Resume with the job's own checkpoint."));
        }

        return tensors;
    }

    private static void Add(Dictionary<string, Tensor> tensors, string prefix, Transformer model)
    {
        foreach ((string name, Tensor parameter) in model.NamedParameters())
        {
            tensors.Add(prefix + name, parameter);
        }
    }

    private static StoredDtype? Stored(SaveDtype dtype) => dtype switch
    {
        SaveDtype.AsLoaded => null,
        SaveDtype.F32 => StoredDtype.Float32,
        SaveDtype.BF16 => StoredDtype.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };
}
