using AlignService.Server.Hosting;
using AlignService.Server.Workers;
using AlignService.Specs.Data.Files;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Sizing;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Refuses jobs that cannot fit this machine's memory, where its own workers would run them on the CPU. Workers elsewhere look for themselves before they load.</summary>
internal sealed class MemoryRules(HostSettings settings, MachineMemory machine, FilePolicy files)
{
    public void Check(JobKind job, ViolationList violations, string path)
    {
        bool runsHere = settings.Workers != 0 && DeviceList.For(settings.Workers).Contains("cpu");
        if (runsHere && !violations.HasAny($"{path}.model") && JobMemory.FindFault(job, machine, CountParameters) is { } fault)
        {
            violations.Add($"{path}.model", fault, ViolationCode.OutOfRange);
        }
    }

    /// <exception cref="CheckpointException">The model may not be read, or cannot be used; its own check says why.</exception>
    private long CountParameters(string model)
    {
        string directory = files.ModelDirectory(model);
        ModelAccess.Require(model, directory, files);
        return KnownModels.CountParameters(directory);
    }
}
