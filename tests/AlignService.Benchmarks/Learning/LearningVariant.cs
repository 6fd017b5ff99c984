using AlignService.Specs.JobKinds;

namespace AlignService.Benchmarks.Learning;

/// <summary>One way of learning the task.</summary>
/// <param name="Name">As the tables and files say it.</param>
/// <param name="Create">The job.</param>
/// <param name="MustLearn">False for a control, whose success must stay where it was.</param>
internal sealed record LearningVariant(string Name, Func<JobKind> Create, bool MustLearn = true);
