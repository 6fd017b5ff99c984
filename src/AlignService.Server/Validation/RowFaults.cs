using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Names the first invalid rows of a source and counts the others.</summary>
internal sealed class RowFaults(ViolationList violations)
{
    private const int MaxNamedRows = 10;
    private int _count;

    public void Add(string field, string description, ViolationCode code = ViolationCode.Invalid)
    {
        if (_count++ < MaxNamedRows)
        {
            violations.Add(field, description, code);
        }
    }

    public void Close(string field)
    {
        if (_count > MaxNamedRows)
        {
            violations.Add(field, $"{_count - MaxNamedRows} more rows are invalid.");
        }
    }
}
