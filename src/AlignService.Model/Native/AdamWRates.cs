namespace AlignService.Model.Native;

/// <summary>The numbers of one AdamW step.</summary>
/// <param name="LearningRate">Step size, above or equal 0.</param>
/// <param name="Beta1">Decay of the first moment, in [0, 1).</param>
/// <param name="Beta2">Decay of the second moment, in [0, 1).</param>
/// <param name="WeightDecay">Decoupled: the parameter loses LearningRate * WeightDecay of itself.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public readonly record struct AdamWRates(double LearningRate, double Beta1 = 0.9, double Beta2 = 0.999, double WeightDecay = 0, double Epsilon = 1e-8);
