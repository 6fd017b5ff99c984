using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Specs.Prompts;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Checks that an adapter fits its base, from JSON files and headers of weights only.</summary>
internal static class AdapterRules
{
    /// <summary>Checks that the adapter fits its model.</summary>
    /// <param name="model">The job's model.</param>
    /// <param name="adapter">Its settings.</param>
    /// <param name="start">Directory of the adapter to continue from; null: a new one, or one that does not exist yet.</param>
    /// <param name="violations">Collects what is wrong.</param>
    /// <param name="path">The job's path.</param>
    public static void CheckFit(ModelFolder model, PolicyAdapterConfig adapter, string? start, ViolationList violations, string path)
    {
        if (model.IsAdapter)
        {
            violations.Add($"{path}.model", $"it is an adapter over {model.Directory}, but an adapter is trained over a full model; set model to the base, and adapter.directory to the adapter to continue from it.");
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
            Try("directory", () => SharedTokens.Require(model.Directory, start, "the base"));
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
            violations.Warn(field, $"the adapter's base is {named}, but the job's model is {model.Directory}; it may not work over other weights than those it was trained on.");
        }
    }
}
