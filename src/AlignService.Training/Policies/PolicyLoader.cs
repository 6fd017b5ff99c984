using AlignService.HuggingFace.Adapters;
using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Specs.Settings;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Training.Policies;

/// <summary>Loads what is to be trained.</summary>
public static class PolicyLoader
{
    /// <summary>A model with all weights trainable, or one that is frozen under an adapter that is. The adapter is the caller's, as the model is.</summary>
    /// <param name="directory">Of the model; where it holds an adapter, that is merged into its base, and the result trained.</param>
    /// <param name="adapter">Null: all weights.</param>
    /// <param name="resolve">From a name in a job to a directory.</param>
    /// <param name="seed">Of the run.</param>
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
            throw new CheckpointException($"model is {directory}, an adapter itself: an adapter is trained over a whole model. Name its base as the model, and the adapter as adapter.directory to go on from it.");
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

/// <summary>What models compute in, whatever their files hold.</summary>
public static class ComputeDtype
{
    /// <summary>float32: on CPUs without bfloat16 instructions bfloat16 is a hundred times slower, and small updates vanish in it.</summary>
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
