using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Runs;

/// <summary>Resolves a job's `model` to a directory.</summary>
public sealed class ModelDirectories(ICheckpointStore checkpoints)
{
    /// <param name="reference">A directory, or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.</param>
    /// <exception cref="CheckpointException">The directory or checkpoint does not exist.</exception>
    public string Resolve(string reference)
    {
        ModelReference model = ModelReference.Parse(reference);
        if (model is { JobId: { } job, CheckpointName: { } name })
        {
            return checkpoints.Find(job, name);
        }

        string directory = Path.GetFullPath(reference);
        if (!Directory.Exists(directory))
        {
            throw new CheckpointException(
                $"model is '{reference}', but the directory {directory} does not exist; give a Hugging Face directory that this machine can read, "
                + "or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.");
        }

        return directory;
    }
}
