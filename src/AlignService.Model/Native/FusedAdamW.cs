using static TorchSharp.torch;

namespace AlignService.Model.Native;

/// <summary>One AdamW step over many tensors at once (arXiv:1711.05101), by libtorch's fused kernel: 3 to 6 times as fast as a step tensor by tensor.</summary>
public static class FusedAdamW
{
    /// <summary>
    /// Updates parameters and both moments in place. All lists run in parallel; parameters, gradients and moments of one index have one shape and dtype.
    /// Gradients are read, not scaled or clipped. To be called under no_grad.
    /// </summary>
    /// <param name="parameters">The tensors to move.</param>
    /// <param name="gradients">Their gradients; none may be absent.</param>
    /// <param name="expAvgs">First moments.</param>
    /// <param name="expAvgSqs">Second moments.</param>
    /// <param name="stateSteps">Float32 scalars that hold this step's number, the first being 1: the caller adds 1 before the call.</param>
    /// <param name="rates">Rates of this step.</param>
    public static void Step(
        IReadOnlyList<Tensor> parameters,
        IReadOnlyList<Tensor> gradients,
        IReadOnlyList<Tensor> expAvgs,
        IReadOnlyList<Tensor> expAvgSqs,
        IReadOnlyList<Tensor> stateSteps,
        AdamWRates rates)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradients.Count, parameters.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(expAvgs.Count, parameters.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(expAvgSqs.Count, parameters.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(stateSteps.Count, parameters.Count);
        const bool Amsgrad = false, Maximize = false;
        NativeDispatcher.Invoke(
            "aten::_fused_adamw_\0"u8,
            "\0"u8,
            OperatorArgument.List(parameters),
            OperatorArgument.List(gradients),
            OperatorArgument.List(expAvgs),
            OperatorArgument.List(expAvgSqs),
            OperatorArgument.List([]),
            OperatorArgument.List(stateSteps),
            rates.LearningRate,
            rates.Beta1,
            rates.Beta2,
            rates.WeightDecay,
            rates.Epsilon,
            Amsgrad,
            Maximize,
            OperatorArgument.None,
            OperatorArgument.None);
    }
}
