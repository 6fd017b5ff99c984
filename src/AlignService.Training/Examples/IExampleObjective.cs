using static TorchSharp.torch;

namespace AlignService.Training.Examples;

/// <summary>What training on a fixed list of examples minimizes.</summary>
public interface IExampleObjective
{
    /// <summary>First part of the metrics' names: `policy` for a language model, or `reward_model`.</summary>
    string Subject { get; }

    /// <summary>Full names of the measures, the loss first.</summary>
    IReadOnlyList<string> Measures { get; }

    int ExampleCount { get; }

    /// <summary>Tensors that a checkpoint keeps besides the optimizer's, by name; the trainer disposes of them.</summary>
    IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor>();

    ExampleSize SizeOf(int example);

    /// <param name="examples">Of one micro-batch, by index.</param>
    /// <param name="totalWeight">Sum of the weights of the whole batch: the denominator of the loss.</param>
    ExampleMeasures Measure(IReadOnlyList<int> examples, int totalWeight);
}

/// <summary>How large an example is.</summary>
/// <param name="PassTokens">Tokens of its share of a forward pass, including padding of its own rows to one length.</param>
/// <param name="Weight">Its weight in means: its completion tokens, or 1 for a pair.</param>
/// <param name="TrainedTokens">Tokens that contribute to the loss.</param>
public readonly record struct ExampleSize(int PassTokens, int Weight, int TrainedTokens);

/// <summary>An objective's values for some examples.</summary>
/// <param name="Loss">Scalar: their share of the batch's loss; carries gradient.</param>
/// <param name="Values">[M, N] without gradient: for each measure, each example's sum; the mean is taken over the examples' weights.</param>
public sealed record ExampleMeasures(Tensor Loss, Tensor Values);
