using AlignService.Specs;

namespace AlignService.Jobs.Ports;

/// <summary>No job has this id.</summary>
public sealed class JobNotFoundException(JobId id) : AlignException($"{id.ResourceName} does not exist; list the jobs to see which do.")
{
    public JobId JobId => id;
}
