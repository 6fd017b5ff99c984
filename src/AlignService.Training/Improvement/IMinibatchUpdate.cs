using AlignService.Specs.PolicyOptimization;

namespace AlignService.Training.Improvement;

/// <summary>What is done with one minibatch of a step.</summary>
internal interface IMinibatchUpdate
{
    /// <param name="batch">The step's rows.</param>
    /// <param name="rows">Those of this minibatch.</param>
    /// <param name="config">The objective, with the KL coefficient of now.</param>
    /// <param name="learningRate">Of this optimiser step.</param>
    /// <param name="cancellationToken">Looked at between two micro-batches.</param>
    MinibatchReport Run(TrainingBatch batch, int[] rows, GrpoLossConfig config, double learningRate, CancellationToken cancellationToken);
}
