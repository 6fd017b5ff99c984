using AlignService.Jobs.Specs;
using AlignService.Model.Native;

namespace AlignService.Jobs.Runs;

/// <summary>The runs that this program can do.</summary>
public sealed class TrainingRunFactory(ModelDirectories models, TimeProvider time) : ITrainingRunFactory
{
    /// <exception cref="UnknownJobKindException">The job was made by a program that knows more kinds.</exception>
    public ITrainingRun Create(Job job)
    {
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        return job.Spec.Kind switch
        {
            GrpoJob grpo => new GrpoTrainingRun(grpo, job.Spec.Seed, models.Resolve, time),
            JobKind other => throw new UnknownJobKindException($"Job {job.Id} is of the kind {other.GetType().Name}, which this program cannot run; known is GrpoJob. Run it with the version that took it."),
        };
    }
}
