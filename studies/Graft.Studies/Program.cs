using Graft.Cli.Output;
using Graft.Studies;

return await StudyTool.RunAsync(args, Terminal.System()).ConfigureAwait(false);
