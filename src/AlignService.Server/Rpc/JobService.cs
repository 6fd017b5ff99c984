using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Supervision;
using AlignService.Server.Access;
using AlignService.Server.Mapping;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>align.v1.JobService. Errors are thrown as exceptions; <see cref="ErrorInterceptor"/> maps them to a status.</summary>
// Bound by ParsedRequests and not by the generated base class, which the gRPC library would bind as it is; hence virtual methods, by which it finds a handler.
// A method of the proto that is missing here ends the start of the server.
[BindServiceMethod(typeof(ParsedRequests<JobService>), nameof(ParsedRequests<>.BindService))]
internal class JobService(CallerCatalog catalog, JobRecords records, JobAdmission admission, JobInterruption interruption, JobHistory history, DeletedJobSweep deleted) : IWireService
{
    public static ServiceDescriptor Descriptor => Wire.JobService.Descriptor;

    public static void Bind(ServiceBinderBase binder) => Wire.JobService.BindService(binder, serviceImpl: null);

    public virtual async Task<Wire.CreateJobResponse> CreateJob(Wire.CreateJobRequest request, ServerCallContext context)
    {
        AdmittedJob admitted = await admission.AdmitAsync(request, context.CancellationToken);
        Wire.Job? shown = admitted switch
        {
            { Job: { } job } => await records.ReadAsync(job, context.CancellationToken),
            { Violations: [], Spec: { } spec } => new Wire.Job { Spec = JobSpecWire.Brief(spec).Message },
            _ => null,
        };
        return new Wire.CreateJobResponse
        {
            Job = shown,
            Violations = { admitted.Violations.Select(WriteViolation) },
            OmittedViolations = admitted.OmittedViolations,
            Warnings = { admitted.Warnings.Select(WriteWarning) },
        };
    }

    public virtual async Task<Wire.CreateJobsResponse> CreateJobs(Wire.CreateJobsRequest request, ServerCallContext context)
    {
        AdmittedJobs admitted = await admission.AdmitAllAsync(request, context.CancellationToken);
        return new Wire.CreateJobsResponse
        {
            Jobs = { admitted.Jobs.Count > 0 ? await records.ListAsync(admitted.Jobs, context.CancellationToken) : admitted.Specs.Select(spec => new Wire.Job { Spec = JobSpecWire.Brief(spec).Message }) },
            Violations = { admitted.Found.Violations.Select(WriteViolation) },
            OmittedViolations = admitted.Found.OmittedCount,
            Warnings = { admitted.Found.Warnings.Select(WriteWarning) },
        };
    }

    public virtual async Task<Wire.GetJobResponse> GetJob(Wire.GetJobRequest request, ServerCallContext context)
    {
        JobId id = ResourceName.ParseJob(request.Name, "name");
        Job job = await catalog.GetAsync(id, context.CancellationToken);
        Wire.Job wire = await records.ReadAsync(job, context.CancellationToken);
        if (request.View == Wire.JobView.Full)
        {
            wire.Spec = JobSpecWire.Write(await catalog.ReadSpecAsync(id, context.CancellationToken));
        }

        return new Wire.GetJobResponse { Job = wire };
    }

    public virtual async Task<Wire.ListJobsResponse> ListJobs(Wire.ListJobsRequest request, ServerCallContext context)
    {
        int pageSize = PageSize.Read(request.PageSize);
        string? token = request.PageToken.Length == 0 ? null : request.PageToken;
        List<JobState> states = JobConditions.ReadStates(request);
        JobFilter filter = JobConditions.Read(request);
        JobPage page = await catalog.ListAsync(states, pageSize, token, context.CancellationToken, filter);
        IReadOnlyList<Wire.Job> jobs = await records.ListAsync(page.Jobs, context.CancellationToken);
        int fitting = PageSize.CountFitting(jobs);
        if (fitting < jobs.Count)
        {
            page = await catalog.ListAsync(states, fitting, token, context.CancellationToken, filter);
        }

        return new Wire.ListJobsResponse { Jobs = { jobs.Take(fitting) }, NextPageToken = page.NextPageToken ?? "" };
    }

    public virtual async Task<Wire.CancelJobResponse> CancelJob(Wire.CancelJobRequest request, ServerCallContext context)
    {
        JobId id = ResourceName.ParseJob(request.Name, "name");
        Job job = await interruption.CancelAsync(id, context.CancellationToken);
        return new Wire.CancelJobResponse { Job = await records.ReadAsync(job, context.CancellationToken) };
    }

    public virtual async Task<Wire.PauseJobResponse> PauseJob(Wire.PauseJobRequest request, ServerCallContext context)
    {
        Job job = await interruption.PauseAsync(ResourceName.ParseJob(request.Name, "name"), context.CancellationToken);
        return new Wire.PauseJobResponse { Job = await records.ReadAsync(job, context.CancellationToken) };
    }

    public virtual async Task<Wire.ResumeJobResponse> ResumeJob(Wire.ResumeJobRequest request, ServerCallContext context)
    {
        Job job = await catalog.ResumeAsync(ResourceName.ParseJob(request.Name, "name"), context.CancellationToken);
        return new Wire.ResumeJobResponse { Job = await records.ReadAsync(job, context.CancellationToken) };
    }

    public virtual async Task<Wire.ExtendJobResponse> ExtendJob(Wire.ExtendJobRequest request, ServerCallContext context)
    {
        Job job = await admission.ExtendAsync(ResourceName.ParseJob(request.Name, "name"), request.TotalSteps, context.CancellationToken);
        return new Wire.ExtendJobResponse { Job = await records.ReadAsync(job, context.CancellationToken) };
    }

    public virtual async Task<Wire.DeleteJobResponse> DeleteJob(Wire.DeleteJobRequest request, ServerCallContext context)
    {
        JobId id = ResourceName.ParseJob(request.Name, "name");
        await catalog.DeleteAsync(id, context.CancellationToken);
        await deleted.RemoveFolderAsync(id, CancellationToken.None); // the records are gone: a caller that hangs up changes nothing
        return new Wire.DeleteJobResponse();
    }

    public virtual async Task WatchJob(Wire.WatchJobRequest request, IServerStreamWriter<Wire.WatchJobResponse> responseStream, ServerCallContext context)
    {
        if (request.AfterCursor < 0)
        {
            throw new InvalidRequestException("after_cursor", $"{request.AfterCursor} is negative; give the cursor of the last event you have, or 0 for all.");
        }

        await foreach (Wire.JobEvent happened in await history.FollowAsync(request, context.CancellationToken))
        {
            await responseStream.WriteAsync(new Wire.WatchJobResponse { Event = happened }, context.CancellationToken);
        }
    }

    public virtual Task<Wire.ListRolloutsResponse> ListRollouts(Wire.ListRolloutsRequest request, ServerCallContext context) => history.ListRolloutsAsync(request, context.CancellationToken);

    public virtual Task<Wire.GetRolloutResponse> GetRollout(Wire.GetRolloutRequest request, ServerCallContext context) => history.GetRolloutAsync(request, context.CancellationToken);

    public virtual Task<Wire.ListMetricsResponse> ListMetrics(Wire.ListMetricsRequest request, ServerCallContext context) => history.ListMetricsAsync(request, context.CancellationToken);

    public virtual Task<Wire.ListEventsResponse> ListEvents(Wire.ListEventsRequest request, ServerCallContext context) => history.ListEventsAsync(request, context.CancellationToken);

    private static Wire.SpecViolation WriteViolation(Violation violation) => new() { Field = violation.Field, Description = violation.Description, Reason = violation.Reason };

    private static Wire.SpecWarning WriteWarning(Violation warning) => new() { Field = warning.Field, Description = warning.Description, Reason = warning.Reason };
}
