using AlignService.Contracts.V1;
using AlignService.Server.Access;
using AlignService.Server.Tests.Fixtures;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Xunit;
using Role = AlignService.Store.Access.Role;

namespace AlignService.Server.Tests.Access;

/// <summary>Every method by every role, over the descriptors: a method without a rule fails here.</summary>
public sealed class AccessMatrixTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<MethodDescriptor> Methods => JobServiceReflection.Descriptor.Package is { } package
        ? typeof(JobServiceReflection).Assembly.GetTypes()
            .Select(type => type.GetProperty("Descriptor")?.GetValue(null))
            .OfType<FileDescriptor>()
            .Where(file => file.Package == package)
            .SelectMany(file => file.Services)
            .SelectMany(service => service.Methods)
        : [];

    [Fact]
    public void Method_HasARule_AndARuleItsMethod() =>
        Assert.Equal(Methods.Select(FullName).Order(), AccessRules.All.Keys.Order());

    [Fact]
    public async Task Method_LetsInWhoHasTheRole()
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        var credentials = new Dictionary<Role, Metadata>();
        foreach (Role role in Enum.GetValues<Role>())
        {
            credentials[role] = await guarded.KeyAsync(role == Role.Operator ? null : GuardedServer.Red, role, Cancel);
        }

        List<string> wrong = [];
        foreach (MethodDescriptor method in Methods)
        {
            AccessRule rule = AccessRules.All[FullName(method)];
            await ExpectAsync(method, [], StatusCode.Unauthenticated);
            await ExpectAsync(method, GuardedServer.WithKey("align_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), StatusCode.Unauthenticated);
            foreach ((Role role, Metadata key) in credentials)
            {
                await ExpectAsync(method, key, role >= rule.Role ? null : StatusCode.PermissionDenied);
            }
        }

        Assert.Empty(wrong);

        // Null: let in, whatever the method says of an empty request.
        async Task ExpectAsync(MethodDescriptor method, Metadata key, StatusCode? refusal)
        {
            StatusCode status = await CallAsync(guarded.Server, method, [], key);
            if (refusal is { } expected ? status != expected : status is StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.Internal or StatusCode.Unknown)
            {
                wrong.Add($"{FullName(method)} with {(key.Count == 0 ? "no key" : key[0].Value[..20])}: {status}, not {refusal?.ToString() ?? "let in"}");
            }
        }
    }

    [Fact]
    public async Task Method_OfAForeignName_AnswersAsOfAnAbsentOne()
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        Metadata red = await guarded.KeyAsync(GuardedServer.Red, Role.Admin, Cancel), blue = await guarded.KeyAsync(GuardedServer.Blue, Role.Admin, Cancel);
        string job = await guarded.CreateAsync(red, Cancel);
        string key = (await guarded.Access.ListApiKeysAsync(new ListApiKeysRequest(), red, cancellationToken: Cancel)).ApiKeys[0].Name;
        foreach (MethodDescriptor method in Methods.Where(method => method.InputType.FindFieldByName("name") is { FieldType: FieldType.String }))
        {
            string foreign = method.Service.Name == "JobService" ? job : key;
            if (method.Service.Name is not ("JobService" or "AccessService"))
            {
                continue; // ForeignResourceTests
            }

            (StatusCode Code, string Detail) real = await AskAsync(method, foreign, blue), absent = await AskAsync(method, Absent(foreign), blue);
            Assert.Equal(StatusCode.NotFound, real.Code);
            Assert.Equal(absent.Code, real.Code);
            Assert.Equal(absent.Detail.Replace(Absent(foreign), foreign, StringComparison.Ordinal), real.Detail);
        }

        Assert.Empty((await guarded.Server.Jobs.ListJobsAsync(new ListJobsRequest(), blue, cancellationToken: Cancel)).Jobs);
        Assert.Equal(job, Assert.Single((await guarded.Server.Jobs.ListJobsAsync(new ListJobsRequest(), red, cancellationToken: Cancel)).Jobs).Name);
        Assert.Equal("projects/red", (await guarded.Server.Jobs.GetJobAsync(new GetJobRequest { Name = job }, red, cancellationToken: Cancel)).Job.Project);

        static string Absent(string name) => $"{name[..^4]}zzzz";

        async Task<(StatusCode Code, string Detail)> AskAsync(MethodDescriptor method, string name, Metadata credentials)
        {
            IMessage request = method.InputType.Parser.ParseFrom(ByteString.Empty);
            method.InputType.FindFieldByName("name").Accessor.SetValue(request, name);
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => RawAsync(guarded.Server, method, request.ToByteArray(), credentials));
            return (refused.StatusCode, refused.Status.Detail);
        }
    }

    /// <summary>What a job names: to run after, or to start from.</summary>
    [Fact]
    public async Task Spec_NamesAForeignJob_AsOneThatIsAbsent()
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        Metadata red = await guarded.KeyAsync(GuardedServer.Red, Role.Submit, Cancel), blue = await guarded.KeyAsync(GuardedServer.Blue, Role.Submit, Cancel);
        string job = await guarded.CreateAsync(red, Cancel);
        JobSpec after = SampleSpecs.Shared(guarded.Server.Folder), from = SampleSpecs.Shared(guarded.Server.Folder);
        after.After.Add(job);
        from.Grpo.Model = $"{job}/checkpoints/last";
        foreach (JobSpec spec in new[] { after, from })
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => guarded.Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, blue, cancellationToken: Cancel).ResponseAsync);
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.Contains("does not exist", refused.Status.Detail, StringComparison.Ordinal);
        }

        // A request id is a project's own.
        string first = await guarded.CreateAsync(red, Cancel, "same"), second = await guarded.CreateAsync(blue, Cancel, "same");
        Assert.NotEqual(first, second);
        Assert.Equal(first, await guarded.CreateAsync(red, Cancel, "same"));
    }

    /// <summary>By path, what belongs to jobs belongs to nobody: neither as data nor as a model, nor through a link.</summary>
    [Fact]
    public async Task Spec_NamesAnotherJobsFolderByPath_IsRefused()
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        Metadata blue = await guarded.KeyAsync(GuardedServer.Blue, Role.Submit, Cancel);
        TestFolder folder = guarded.Server.Folder;
        string data = folder.Write("jobs/redred/rollouts/rows.jsonl", "{\"prompt\": \"s3cr3t\", \"answer\": 1}\n");
        string model = Path.Combine(folder.Path, "jobs", "redred", "checkpoints", "step-000001");
        JobSpec valid = SampleSpecs.Shared(folder);
        CopyFolder(Path.Combine(folder.Path, "shared", "policy"), model);
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "shared", "link"), model);
        File.CreateSymbolicLink(Path.Combine(folder.Path, "link.jsonl"), data);
        foreach (string place in new[] { data, "link.jsonl", "jobs/redred/rollouts/rows.jsonl", "shared/../jobs/redred/rollouts/rows.jsonl" })
        {
            JobSpec spec = valid.Clone();
            spec.Grpo.Prompts = new PromptSource { File = place };
            await RefusedAsync(spec);
        }

        foreach (string place in new[] { model, "shared/link", "shared/../jobs/redred/checkpoints/step-000001" })
        {
            JobSpec spec = valid.Clone();
            spec.Grpo.Model = place;
            await RefusedAsync(spec);
        }

        await guarded.Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = valid, ValidateOnly = true }, blue, cancellationToken: Cancel);

        async Task RefusedAsync(JobSpec spec)
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => guarded.Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, blue, cancellationToken: Cancel).ResponseAsync);
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.Contains("is outside the directories that jobs may read", refused.Status.Detail, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cr3t", refused.Status.Detail, StringComparison.Ordinal);
        }
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    [Fact]
    public async Task Operator_ChoosesTheProject_AndOthersDoNot()
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        Metadata all = await guarded.KeyAsync(null, Role.Operator, Cancel), red = await guarded.KeyAsync(GuardedServer.Red, Role.Read, Cancel);
        Assert.Equal("projects/default", await ProjectAsync(all));
        all.Add("align-project", "blue");
        Assert.Equal("projects/blue", await ProjectAsync(all));
        Assert.Equal("projects/red", await ProjectAsync(red));
        red.Add("align-project", "blue");
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => ProjectAsync(red))).StatusCode);

        async Task<string> ProjectAsync(Metadata credentials) => (await guarded.Access.GetCallerAsync(new GetCallerRequest(), credentials, cancellationToken: Cancel)).Project;
    }

    private static string FullName(MethodDescriptor method) => $"/{method.Service.FullName}/{method.Name}";

    private static async Task<StatusCode> CallAsync(TestServer server, MethodDescriptor method, byte[] request, Metadata credentials)
    {
        try
        {
            await RawAsync(server, method, request, credentials);
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }

    private static async Task RawAsync(TestServer server, MethodDescriptor method, byte[] request, Metadata credentials)
    {
        Marshaller<byte[]> bytes = Marshallers.Create(static sent => sent, static received => received);
        CallInvoker invoker = server.Channel.CreateCallInvoker();
        MethodType kind = (method.IsClientStreaming, method.IsServerStreaming) switch
        {
            (true, true) => MethodType.DuplexStreaming,
            (true, false) => MethodType.ClientStreaming,
            (false, true) => MethodType.ServerStreaming,
            _ => MethodType.Unary,
        };
        var named = new Method<byte[], byte[]>(kind, method.Service.FullName, method.Name, bytes, bytes);
        CallOptions options = new(credentials, cancellationToken: Cancel);
        switch (kind)
        {
            case MethodType.Unary:
                await invoker.AsyncUnaryCall(named, null, options, request);
                break;
            case MethodType.ServerStreaming:
                using (AsyncServerStreamingCall<byte[]> call = invoker.AsyncServerStreamingCall(named, null, options, request))
                {
                    await call.ResponseStream.MoveNext(Cancel);
                }

                break;
            case MethodType.ClientStreaming:
                using (AsyncClientStreamingCall<byte[], byte[]> call = invoker.AsyncClientStreamingCall(named, null, options))
                {
                    await call.RequestStream.CompleteAsync();
                    await call;
                }

                break;
            default:
                using (AsyncDuplexStreamingCall<byte[], byte[]> call = invoker.AsyncDuplexStreamingCall(named, null, options))
                {
                    await call.RequestStream.CompleteAsync();
                    await call.ResponseStream.MoveNext(Cancel);
                }

                break;
        }
    }
}
