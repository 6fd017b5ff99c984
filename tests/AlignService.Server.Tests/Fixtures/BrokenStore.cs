using System.Reflection;
using AlignService.Jobs.Ports;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>A store of which one method breaks in a way that nobody foresaw.</summary>
public class BrokenStore : DispatchProxy
{
    private IJobStore? _store;
    private string _method = "";

    internal static IJobStore Around(string method, IJobStore store)
    {
        IJobStore proxy = Create<IJobStore, BrokenStore>();
        ((BrokenStore)(object)proxy)._store = store;
        ((BrokenStore)(object)proxy)._method = method;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == _method ? throw new NotSupportedException("a secret of the store") : targetMethod.Invoke(_store, args);
}
