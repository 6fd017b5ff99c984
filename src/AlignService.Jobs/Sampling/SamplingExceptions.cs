using System.Globalization;
using AlignService.Jobs.Supervision;

namespace AlignService.Jobs.Sampling;

/// <summary>The process that had a model loaded died.</summary>
public sealed class ModelProcessLostException(string model, WorkerExit exit) : AlignException($"The process that had {model} loaded {exit.Describe()}.")
{
    public override string Reason => "model_process_lost";

    public override string Remedy => "Try again: the next call starts another one.";
}

/// <summary>A model cannot be loaded as it is.</summary>
public sealed class ModelNotLoadedException(string message) : AlignException(message)
{
    public override string Reason => "model_invalid";
}

/// <summary>A loaded model cannot sample this.</summary>
public sealed class SamplingRefusedException(string message) : AlignException(message)
{
    public override string Reason => "sampling_refused";
}

/// <summary>Everything that may be loaded or asked at once is.</summary>
public sealed class ModelsBusyException : AlignException
{
    private ModelsBusyException(string message)
        : base(message)
    {
    }

    public override string Reason => "models_busy";

    public static ModelsBusyException OfModels(int maxModels) => new(maxModels == 0
        ? "This server loads no models for sampling (--max-loaded-models is 0)."
        : string.Create(CultureInfo.InvariantCulture, $"{maxModels} models are loaded and in use, and no more may be (--max-loaded-models, or the machine's memory); try again when one of them is free."));

    public static ModelsBusyException OfCalls(string model, int maxCalls) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{model} has {maxCalls} calls already, and no more may wait (--max-model-calls); try again later."));
}

/// <summary>A model that does not fit this machine's memory.</summary>
public sealed class ModelTooLargeException(LoadableModel model, long machineBytes) : AlignException(
    string.Create(CultureInfo.InvariantCulture, $"{model.Name} takes at least {model.Bytes / Gib:F1} GiB while it is sampled from, but this machine has {machineBytes / Gib:F1} GiB."))
{
    private const double Gib = 1L << 30;

    public override string Reason => "out_of_memory";

    public override string Remedy => "Use a smaller model, or a machine with more memory.";
}
