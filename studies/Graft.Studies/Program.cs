using Graft.Cli;
using Graft.Cli.Output;
using Graft.Studies;

Terminal terminal = StandardStreams.Open();
using Interrupts interrupts = new(terminal);
return await StudyTool.RunAsync(args, terminal, interrupts.Token).ConfigureAwait(false);
