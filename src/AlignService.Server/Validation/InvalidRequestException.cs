namespace AlignService.Server.Validation;

/// <summary>A request with faults, all of them.</summary>
internal sealed class InvalidRequestException(IReadOnlyList<Fault> faults) : AlignException(Describe(faults))
{
    public InvalidRequestException(string field, string description)
        : this([new Fault(field, description)])
    {
    }

    public IReadOnlyList<Fault> Faults { get; } = faults;

    private static string Describe(IReadOnlyList<Fault> faults) => faults switch
    {
        [var only] => $"{only.Field}: {only.Description}",
        _ => $"{faults.Count} faults in the request:\n" + string.Join('\n', faults.Select(fault => $"- {fault.Field}: {fault.Description}")),
    };
}
