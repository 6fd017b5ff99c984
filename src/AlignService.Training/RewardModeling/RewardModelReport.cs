namespace AlignService.Training.RewardModeling;

/// <summary>One optimiser step of reward-model training, or one evaluation (step 0, without gradient and rate).</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Mean of -log sigmoid(chosen - rejected - margin), in nats.</param>
/// <param name="Accuracy">Share of pairs whose chosen completion has the higher score.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
public sealed record RewardModelReport(int Step, double Loss, double Accuracy, double GradientNorm, double LearningRate);
