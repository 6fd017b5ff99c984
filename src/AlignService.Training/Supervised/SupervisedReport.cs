namespace AlignService.Training.Supervised;

/// <summary>One optimiser step of supervised fine-tuning.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Mean cross-entropy of the completion tokens before the step, in nats.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="TokenCount">Completion tokens that counted.</param>
public sealed record SupervisedReport(int Step, double Loss, double GradientNorm, double LearningRate, int TokenCount);
