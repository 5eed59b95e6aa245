# Runs a command and becomes the parent of its orphaned processes: `subreaper.pl PRCTL COMMAND…`, where PRCTL is the
# number of the system call prctl. Writes `started PID` and `ended CODE SIGNAL` to file descriptor 3. When standard
# input ends, it kills the remaining processes and exits.
use strict;
use warnings;
use POSIX qw(:sys_wait_h);
use IO::Select;

my ( $prctl, @command ) = @ARGV;
syscall( $prctl + 0, 36, 1, 0, 0, 0 ) == 0 or die "PR_SET_CHILD_SUBREAPER: $!\n";
open my $report, '>&=', 3 or die "file descriptor 3: $!\n";
$report->autoflush(1);

my $child = fork // die "fork: $!\n";
if ( $child == 0 ) {
    setpgrp;
    POSIX::close(3);
    open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
    exec { $command[0] } @command or die "$command[0]: $!\n";
}
print $report "started $child\n";

sub reap {
    while ( ( my $pid = waitpid -1, WNOHANG ) > 0 ) {
        print $report 'ended ', $? >> 8, ' ', $? & 127, "\n" if $pid == $child;
    }
}

my $input = IO::Select->new( \*STDIN );
while (1) {
    reap();
    last if $input->can_read(0.02) && !sysread STDIN, my $ignored, 1;
}
for ( 1 .. 200 ) {
    open my $list, '<', "/proc/$$/task/$$/children" or last;
    my @left = split ' ', ( <$list> // '' );
    last if !@left;
    kill 'KILL', @left;
    select undef, undef, undef, 0.02;
    reap();
}
