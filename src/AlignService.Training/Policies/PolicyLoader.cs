using AlignService.HuggingFace.Adapters;
using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Specs.Settings;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Training.Policies;

/// <summary>Loads the model to train.</summary>
public static class PolicyLoader
{
    /// <summary>A model with all weights trainable, or a frozen one under a trainable adapter. The caller owns both.</summary>
    /// <param name="directory">The model's; if it holds an adapter, that is merged into its base, and the result is trained.</param>
    /// <param name="adapter">Null: all weights.</param>
    /// <param name="resolve">Resolves the adapter's name in a job to a directory.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="options">Dtype and device; null: float32 on the CPU. Whether the weights are trainable follows from the adapter.</param>
    /// <exception cref="CheckpointException">Something that was named cannot be used.</exception>
    public static Transformer Load(string directory, PolicyAdapterConfig? adapter, Func<string, string> resolve, ulong seed, LoadOptions? options = null)
    {
        options ??= new LoadOptions { Dtype = ComputeDtype.Default };
        if (adapter is null)
        {
            return HuggingFaceCheckpoint.LoadTransformer(directory, options with { Trainable = true });
        }

        if (PeftDirectory.IsAdapter(directory))
        {
            throw new CheckpointException($"model is {directory}, which is an adapter, but an adapter is trained over a full model. Set model to its base, and adapter.directory to the adapter to continue from it.");
        }

        Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, options with { Trainable = false });
        try
        {
            model.Adapter = adapter.Directory is { } start
                ? PeftAdapter.Load(resolve(start), model, trainable: true)
                : LowRankAdapter.Create(model, adapter.Form, RandomSeeds.For(seed, RandomPurpose.AdapterStart));
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}

/// <summary>The dtype that models compute in, whatever their files' dtype.</summary>
public static class ComputeDtype
{
    /// <summary>float32: on CPUs without bfloat16 instructions bfloat16 is a hundred times slower, and it loses small updates.</summary>
    public const ScalarType Default = ScalarType.Float32;

    /// <summary>How the model in training is loaded.</summary>
    public static LoadOptions Trained(PolicyDtype dtype, ComputeDevice device) => new()
    {
        Dtype = dtype == PolicyDtype.BF16 ? ScalarType.BFloat16 : Default,
        Device = device.Torch,
    };

    /// <summary>How a frozen model is loaded.</summary>
    public static LoadOptions Frozen(FrozenDtype held, ComputeDevice device) => new()
    {
        Dtype = Default,
        HeldDtype = held == FrozenDtype.BF16 ? ScalarType.BFloat16 : null,
        Device = device.Torch,
        Trainable = false,
    };
}
