using AlignService.TestRun;

TestRunOptions options = TestRunOptions.Parse(args);
IReadOnlyList<TestProject> projects = TestProject.Find(options.Root, options.Configuration);
TestRunner runner = new(options, new RunPrinter(Console.Out, options.GoldenOnly));
return await runner.RunAsync(projects, CancellationToken.None) ? 0 : 1;
