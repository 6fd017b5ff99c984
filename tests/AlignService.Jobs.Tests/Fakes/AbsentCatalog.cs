using System.Reflection;
using AlignService.Jobs.Ports;
using Npgsql;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A catalog whose database can be away.</summary>
public class AbsentCatalog : DispatchProxy
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IJobCatalog? _catalog;
    private int _refused;

    internal bool IsAway { get; set; }

    internal int RefusedCount => _refused;

    /// <summary>Completes when it was asked for the first time while it was away.</summary>
    internal Task Asked => _asked.Task;

    internal static (IJobCatalog Catalog, AbsentCatalog Control) Around(IJobCatalog catalog)
    {
        IJobCatalog proxy = Create<IJobCatalog, AbsentCatalog>();
        var control = (AbsentCatalog)(object)proxy;
        control._catalog = catalog;
        return (proxy, control);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (IsAway)
        {
            Interlocked.Increment(ref _refused);
            _asked.TrySetResult();
            throw new NpgsqlException("the database is away");
        }

        return targetMethod!.Invoke(_catalog, args);
    }
}
