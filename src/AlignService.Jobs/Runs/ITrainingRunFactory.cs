namespace AlignService.Jobs.Runs;

/// <summary>Makes the run that fits a job's kind.</summary>
public interface ITrainingRunFactory
{
    ITrainingRun Create(Job job);
}
