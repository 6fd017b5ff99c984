using AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>A named profile as users see it.</summary>
/// <param name="Name">As a job spells it.</param>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Sources">arXiv ids and other places, the first the profile's own.</param>
/// <param name="Settings">Every value, as the server would fill it in: algorithm, sampling and optimiser. 0 is off where the field says so.</param>
public sealed record ProfileEntry(string Name, string Title, IReadOnlyList<string> Sources, GrpoJob Settings);
