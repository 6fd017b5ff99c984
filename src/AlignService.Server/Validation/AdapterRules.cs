using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Whether an adapter fits its base, by JSON files and headers of weights alone.</summary>
internal static class AdapterRules
{
    /// <summary>Whether the adapter fits the model that it is for.</summary>
    /// <param name="model">The job's model.</param>
    /// <param name="adapter">Its settings.</param>
    /// <param name="start">Where the adapter to go on from is; null: a new one, or not to be looked at yet.</param>
    /// <param name="violations">Takes what is wrong.</param>
    /// <param name="path">Of the job.</param>
    public static void CheckFit(ModelFolder model, PolicyAdapterConfig adapter, string? start, ViolationList violations, string path)
    {
        if (model.IsAdapter)
        {
            violations.Add($"{path}.model", $"it is an adapter over {model.Directory}, and an adapter is trained over a whole model; name the base as model, and the adapter as adapter.directory to go on from it.");
            return;
        }

        TransformerConfig config = HuggingFaceDirectory.ReadConfig(model.Directory);
        if (adapter.Directory is null)
        {
            Try("target_modules", () => AdapterTargets.CheckTargets(config, adapter.Form));
            Try("modules_to_save", () => AdapterTargets.CheckSaved(config, adapter.Form));
        }
        else if (start is not null)
        {
            Try("directory", () => PeftDirectory.Check(start, config));
            WarnOfOtherBase(start, model, violations, $"{path}.adapter.directory");
        }

        void Try(string field, Action check)
        {
            try
            {
                check();
            }
            catch (CheckpointException fault)
            {
                violations.Add($"{path}.adapter.{field}", fault.Message);
            }
        }
    }

    private static void WarnOfOtherBase(string start, ModelFolder model, ViolationList violations, string field)
    {
        if (!violations.HasAny(field) && PeftConfig.Read(start).BaseModel is { } named && Path.GetFullPath(named, Path.GetFullPath(start)) is { } found && found != Path.GetFullPath(model.Directory))
        {
            violations.Warn(field, $"the adapter says that its base is {named}, and the job's model is {model.Directory}; over other weights than those it was trained on it means something else.");
        }
    }
}
