using AlignService.Specs;
using AlignService.Specs.Settings;

namespace AlignService.Server.Validation;

/// <summary>An adapter's settings in a spec.</summary>
/// <param name="Spec">Whole.</param>
/// <param name="Adapter">Null: the job trains all weights.</param>
/// <param name="Path">Of the job; the adapter stands below it.</param>
internal readonly record struct AdapterPlace(JobSpec Spec, PolicyAdapterConfig? Adapter, string Path);
