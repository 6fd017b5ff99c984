namespace AlignService.Training.Fitting;

/// <summary>What training on a fixed list of examples minimises.</summary>
public interface IFittingObjective
{
    /// <summary>First part of the metrics' names: `policy` for a language model, `reward_model`.</summary>
    string Subject { get; }

    /// <summary>Full names of the measures, the loss first.</summary>
    IReadOnlyList<string> Measures { get; }

    int ExampleCount { get; }

    ExampleSize SizeOf(int example);

    /// <param name="examples">Of one micro-batch, by index.</param>
    /// <param name="totalWeight">Sum of the weights of the whole batch: the denominator of the loss.</param>
    Measurement Measure(IReadOnlyList<int> examples, int totalWeight);
}
