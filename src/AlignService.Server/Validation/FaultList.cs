namespace AlignService.Server.Validation;

/// <summary>Gathers everything wrong or unusual in one request, so that the user hears it all at once.</summary>
internal sealed class FaultList
{
    private readonly List<Fault> _faults = [];
    private readonly List<Fault> _warnings = [];

    public IReadOnlyList<Fault> Faults => _faults;

    public IReadOnlyList<Fault> Warnings => _warnings;

    public void Add(string field, string description) => _faults.Add(new Fault(field, description));

    public void Warn(string field, string description) => _warnings.Add(new Fault(field, description));

    /// <summary>Whether anything is wrong at this field or below it.</summary>
    public bool HasFaultAt(string field) =>
        _faults.Any(fault => fault.Field.StartsWith(field, StringComparison.Ordinal));

    /// <exception cref="InvalidRequestException">Something is wrong.</exception>
    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
        {
            throw new InvalidRequestException(_faults);
        }
    }
}
