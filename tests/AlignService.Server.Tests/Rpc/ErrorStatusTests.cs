using AlignService.Contracts.V1;
using AlignService.Jobs.Ports;
using AlignService.Server.Rpc;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Violations;
using AlignService.Store;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Status = Google.Rpc.Status;

namespace AlignService.Server.Tests.Rpc;

public sealed class ErrorStatusTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Each_error_has_its_code_reason_and_details()
    {
        Check(new InvalidRequestException([new Violation("a", ViolationCode.Invalid, "x"), new Violation("b", ViolationCode.Invalid, "y")]), Code.InvalidArgument, "INVALID_REQUEST",
            status => Assert.Equal(["a", "b"], status.GetDetail<BadRequest>()!.FieldViolations.Select(one => one.Field)));
        Check(new PageTokenException("p"), Code.InvalidArgument, "PAGE_TOKEN_UNKNOWN",
            status => Assert.Equal("page_token", status.GetDetail<BadRequest>()!.FieldViolations[0].Field));
        Check(new JobNotFoundException(new AlignService.Specs.Resources.JobId("abcd")), Code.NotFound, "JOB_NOT_FOUND",
            status => Assert.Equal("jobs/abcd", status.GetDetail<ResourceInfo>()!.ResourceName));
        Check(new RequestIdReusedException("r"), Code.AlreadyExists, "REQUEST_ID_REUSED",
            status => Assert.Equal("request_id", status.GetDetail<BadRequest>()!.FieldViolations[0].Field));
        Check(new QueueFullException(3), Code.ResourceExhausted, "QUEUE_FULL",
            status => Assert.Equal("queued jobs", status.GetDetail<QuotaFailure>()!.Violations[0].Subject));
        Check(new InvalidTransitionException("t"), Code.FailedPrecondition, "STATE",
            status => Assert.Equal("t", status.GetDetail<PreconditionFailure>()!.Violations[0].Description));
        Check(new LeaseLostException("l"), Code.Aborted, "LEASE_LOST", _ => { });
        Check(new StoreException("s"), Code.Unavailable, "STORE", _ => { });
        Check(new CheckpointException("c"), Code.FailedPrecondition, "MODEL_INVALID",
            status => Assert.Equal("MODEL_INVALID", status.GetDetail<PreconditionFailure>()!.Violations[0].Type));
    }

    [Fact]
    public async Task An_error_that_nobody_foresaw_tells_no_internals()
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options,
            builder => builder.Services.AddSingleton(provider => BrokenCatalog.Around(StoreThatFails, provider.GetRequiredService<JobStore>().Catalog)),
            Cancel);

        RpcException broke = await Assert.ThrowsAsync<RpcException>(async () =>
            await server.Jobs.GetJobAsync(new GetJobRequest { Name = "jobs/abcd" }, cancellationToken: Cancel));

        Assert.Equal(StatusCode.Internal, broke.StatusCode);
        Assert.DoesNotContain("secret", broke.ToString(), StringComparison.Ordinal);
        Assert.Contains("NotSupportedException", broke.Status.Detail, StringComparison.Ordinal);
        Assert.NotNull(broke.GetRpcStatus()!.GetDetail<RequestInfo>());
    }

    private const string StoreThatFails = "FindAsync";

    private static void Check(AlignException exception, Code code, string reason, Action<Status> details)
    {
        Status status = ErrorStatus.Of(exception);
        Assert.Equal((int)code, status.Code);
        Assert.StartsWith(exception.Message, status.Message, StringComparison.Ordinal);
        Assert.Equal(reason, status.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal("align.v1", status.GetDetail<ErrorInfo>()!.Domain);
        details(status);
    }
}
