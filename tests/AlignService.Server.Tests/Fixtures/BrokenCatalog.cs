using System.Reflection;
using AlignService.Jobs.Ports;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>A catalogue of which one method breaks in a way that nobody foresaw.</summary>
public class BrokenCatalog : DispatchProxy
{
    private IJobCatalog? _catalog;
    private string _method = "";

    internal static IJobCatalog Around(string method, IJobCatalog catalog)
    {
        IJobCatalog proxy = Create<IJobCatalog, BrokenCatalog>();
        ((BrokenCatalog)(object)proxy)._catalog = catalog;
        ((BrokenCatalog)(object)proxy)._method = method;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == _method ? throw new NotSupportedException("a secret of the store") : targetMethod.Invoke(_catalog, args);
}
