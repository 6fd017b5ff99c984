using AlignService.Contracts.V1;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client.Configuration;

namespace AlignService.Client;

/// <summary>The calls that may be made again when nobody answered: those that read, and those whose request id makes a second one the first.</summary>
internal static class RepeatableCalls
{
    private static readonly string[] Reading = ["Get", "List", "Preview", "Validate", "BeginImport", "BeginUpload"];

    /// <summary>Every file of the wire that has a service.</summary>
    internal static IReadOnlyList<FileDescriptor> Files { get; } =
    [
        JobServiceReflection.Descriptor, ModelServiceReflection.Descriptor, DatasetServiceReflection.Descriptor, AccessServiceReflection.Descriptor, SamplingServiceReflection.Descriptor,
        RewardServiceReflection.Descriptor,
    ];

    public static ServiceConfig Config(int attempts) => new()
    {
        MethodConfigs =
        {
            Repeated(attempts, Files.SelectMany(file => file.Services).SelectMany(service => service.Methods).Where(IsRepeatable)),
        },
    };

    internal static bool IsRepeatable(MethodDescriptor method) =>
        !method.IsServerStreaming && !method.IsClientStreaming
        && (Reading.Any(verb => method.Name.StartsWith(verb, StringComparison.Ordinal)) || method.InputType.FindFieldByName("request_id") is not null);

    private static MethodConfig Repeated(int attempts, IEnumerable<MethodDescriptor> methods)
    {
        MethodConfig config = new()
        {
            RetryPolicy = new RetryPolicy
            {
                MaxAttempts = attempts,
                InitialBackoff = TimeSpan.FromMilliseconds(500),
                MaxBackoff = TimeSpan.FromSeconds(5),
                BackoffMultiplier = 2,
                RetryableStatusCodes = { StatusCode.Unavailable },
            },
        };
        foreach (MethodDescriptor method in methods)
        {
            config.Names.Add(new MethodName { Service = method.Service.FullName, Method = method.Name });
        }

        return config;
    }
}
