BEGIN TRANSACTION;
CREATE TABLE agreement (
	number INTEGER NOT NULL, 
	submission_id VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	side VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	PRIMARY KEY (number)
);
CREATE TABLE answer (
	number INTEGER NOT NULL, 
	site_ods_code VARCHAR NOT NULL, 
	finding_id VARCHAR NOT NULL, 
	rule VARCHAR NOT NULL, 
	value_digest VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	expires VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	taken_back_at VARCHAR, 
	taken_back_by VARCHAR, 
	PRIMARY KEY (number)
);
CREATE TABLE case_document (
	number INTEGER NOT NULL, 
	case_number INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	bytes INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	file VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	note VARCHAR, 
	PRIMARY KEY (number), 
	FOREIGN KEY(case_number) REFERENCES outlier_case (number)
);
CREATE TABLE case_step (
	number INTEGER NOT NULL, 
	case_number INTEGER NOT NULL, 
	move VARCHAR NOT NULL, 
	old VARCHAR, 
	new VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	was_due VARCHAR, 
	text VARCHAR NOT NULL, 
	text_digest VARCHAR NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(case_number) REFERENCES outlier_case (number)
);
CREATE TABLE event (
	number INTEGER NOT NULL, 
	at VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	old VARCHAR, 
	new VARCHAR, 
	detail VARCHAR NOT NULL, 
	previous_hash VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "event" VALUES(1,'2026-11-16T12:00:00.000000+00:00','data manager','received','one',NULL,'received','{}','','335e6f8b5ffc2447547909bc79b0c01e30712962df4e8c06409efdd0e2cb8117');
INSERT INTO "event" VALUES(2,'2026-11-16T12:00:00.000000+00:00','data manager','received','two',NULL,'received','{}','335e6f8b5ffc2447547909bc79b0c01e30712962df4e8c06409efdd0e2cb8117','56f91f8cde5e5aaead44447cda55ad1ce73f5cd4f01f7737314ec71efb592eab');
INSERT INTO "event" VALUES(3,'2026-11-16T12:00:00.000000+00:00','worker','checking','one','received','checking','{}','56f91f8cde5e5aaead44447cda55ad1ce73f5cd4f01f7737314ec71efb592eab','901051352023970c2211a042c92ca211cfd478e33d4114fe73b17e118a469b90');
INSERT INTO "event" VALUES(4,'2026-11-16T12:00:00.000000+00:00','worker','accepted','one','checking','accepted','{}','901051352023970c2211a042c92ca211cfd478e33d4114fe73b17e118a469b90','28a74108264f0102cfaa3284ec0a57117fe7fb763eec8396ff34da90e60d381b');
INSERT INTO "event" VALUES(5,'2026-11-16T12:00:00.000000+00:00','registry team','locked','lock 1','open','locked','{"period_end": "2025-03-31", "period_start": "2024-04-01", "reason": "annual snapshot"}','28a74108264f0102cfaa3284ec0a57117fe7fb763eec8396ff34da90e60d381b','bcb9b4875188745250178b691107b4225d09a8582674771275234f0f2ab31497');
INSERT INTO "event" VALUES(6,'2026-11-16T12:00:00.000000+00:00','site lead','withdraw requested','one','accepted','accepted','{"reason": "sent by mistake"}','bcb9b4875188745250178b691107b4225d09a8582674771275234f0f2ab31497','6d95b96eeb553e5dede0e0bf659e3192627fedb82fc9f16636e6afb68889a862');
CREATE TABLE lock (
	number INTEGER NOT NULL, 
	period_start VARCHAR NOT NULL, 
	period_end VARCHAR NOT NULL, 
	locked_by VARCHAR NOT NULL, 
	locked_at VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	unlocked_by VARCHAR, 
	unlocked_at VARCHAR, 
	unlock_reason VARCHAR, 
	PRIMARY KEY (number)
);
INSERT INTO "lock" VALUES(1,'2024-04-01','2025-03-31','registry team','2026-11-16T12:00:00.000000+00:00','annual snapshot',NULL,NULL,NULL);
CREATE TABLE log_head (
	one INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	PRIMARY KEY (one)
);
INSERT INTO "log_head" VALUES(1,6,'cb4fe4daa6d4c89aecf7ace62c51b4b9ba9afd0edee22c1f081735b16160d9ec');
CREATE TABLE message (
	number INTEGER NOT NULL, 
	recipient INTEGER NOT NULL, 
	subject VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	told VARCHAR NOT NULL, 
	made_at VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	unanswered INTEGER NOT NULL, 
	next_at VARCHAR NOT NULL, 
	last_error VARCHAR, 
	sent_at VARCHAR, 
	PRIMARY KEY (number), 
	UNIQUE (recipient, digest), 
	FOREIGN KEY(recipient) REFERENCES recipient (number)
);
CREATE TABLE outlier_case (
	number INTEGER NOT NULL, 
	site_ods_code VARCHAR NOT NULL, 
	indicator_id VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	period_start VARCHAR NOT NULL, 
	period_end VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	nation VARCHAR NOT NULL, 
	opened_at VARCHAR NOT NULL, 
	opened_by VARCHAR NOT NULL, 
	release INTEGER, 
	evidence VARCHAR NOT NULL, 
	evidence_digest VARCHAR NOT NULL, 
	stage VARCHAR NOT NULL, 
	stage_began VARCHAR NOT NULL, 
	due VARCHAR, 
	decision VARCHAR, 
	published_at VARCHAR, 
	closed_at VARCHAR, 
	PRIMARY KEY (number), 
	UNIQUE (site_ods_code, indicator_id, period_start, period_end)
);
CREATE TABLE recipient (
	number INTEGER NOT NULL, 
	address VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	sites VARCHAR NOT NULL, 
	often VARCHAR NOT NULL, 
	added_at VARCHAR NOT NULL, 
	added_by VARCHAR NOT NULL, 
	removed_at VARCHAR, 
	removed_by VARCHAR, 
	PRIMARY KEY (number)
);
CREATE TABLE request (
	number INTEGER NOT NULL, 
	submission_id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	reason VARCHAR, 
	at VARCHAR NOT NULL, 
	outcome VARCHAR, 
	PRIMARY KEY (number)
);
INSERT INTO "request" VALUES(1,'one','withdraw','site lead','sent by mistake','2026-11-16T12:00:00.000000+00:00',NULL);
CREATE TABLE sentinel_review (
	number INTEGER NOT NULL, 
	event_key VARCHAR NOT NULL, 
	site_ods_code VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	lesson VARCHAR NOT NULL, 
	lesson_digest VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	PRIMARY KEY (number)
);
CREATE TABLE sign_off (
	number INTEGER NOT NULL, 
	site_ods_code VARCHAR NOT NULL, 
	period_start VARCHAR NOT NULL, 
	period_end VARCHAR NOT NULL, 
	signed_by VARCHAR NOT NULL, 
	signed_at VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	submissions VARCHAR NOT NULL, 
	voided_at VARCHAR, 
	voided_by VARCHAR, 
	void_reason VARCHAR, 
	PRIMARY KEY (number)
);
CREATE TABLE snapshot (
	number INTEGER NOT NULL, 
	period VARCHAR NOT NULL, 
	period_start VARCHAR NOT NULL, 
	period_end VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	opened_at VARCHAR NOT NULL, 
	opened_by VARCHAR NOT NULL, 
	window_end VARCHAR NOT NULL, 
	window_source VARCHAR NOT NULL, 
	taken_at VARCHAR, 
	taken_by VARCHAR, 
	release INTEGER, 
	data_date VARCHAR, 
	full_sha256 VARCHAR, 
	public_hash VARCHAR, 
	rules_hash VARCHAR, 
	code_hash VARCHAR, 
	signed VARCHAR, 
	not_signed VARCHAR, 
	lock_number INTEGER, 
	cancelled_at VARCHAR, 
	cancelled_by VARCHAR, 
	cancel_reason VARCHAR, 
	PRIMARY KEY (number), 
	FOREIGN KEY(lock_number) REFERENCES lock (number)
);
CREATE TABLE submission (
	submission_id VARCHAR NOT NULL, 
	site_ods_code VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	filename VARCHAR NOT NULL, 
	bytes INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	received_at VARCHAR NOT NULL, 
	received_by VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	form VARCHAR, 
	period_start VARCHAR, 
	period_end VARCHAR, 
	submission_type VARCHAR, 
	extract_datetime VARCHAR, 
	nil_return BOOLEAN, 
	canonical_digest VARCHAR, 
	acceptance_number INTEGER, 
	code VARCHAR, 
	records_read INTEGER, 
	records_excluded INTEGER, 
	"findings_F" INTEGER, 
	"findings_R" INTEGER, 
	"findings_B" INTEGER, 
	"findings_W" INTEGER, 
	decided_at VARCHAR, 
	note VARCHAR, 
	PRIMARY KEY (submission_id), 
	UNIQUE (acceptance_number)
);
INSERT INTO "submission" VALUES('one','ZZ101','accepted','export.zip',1,'0','2026-11-16T12:00:00.000000+00:00','data manager',0,NULL,NULL,NULL,NULL,NULL,1,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "submission" VALUES('two','ZZ102','received','export.zip',1,'0','2026-11-16T12:00:00.000000+00:00','data manager',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX ix_sentinel_review_event_key ON sentinel_review (event_key);
CREATE UNIQUE INDEX one_snapshot_a_period ON snapshot (period) WHERE state <> 'cancelled';
CREATE TRIGGER event_no_update before update on event begin select raise(abort, 'the audit log is append-only'); end;
CREATE TRIGGER event_no_delete before delete on event begin select raise(abort, 'the audit log is append-only'); end;
CREATE TRIGGER "outlier_case: no update of number, site_ods_code, indicator_id, period, period_start, period_end, kind, nation, opened_at, opened_by, release, evidence, evidence_digest" before update of "number", "site_ods_code", "indicator_id", "period", "period_start", "period_end", "kind", "nation", "opened_at", "opened_by", "release", "evidence", "evidence_digest" on outlier_case begin select raise(abort, 'the evidence of a case is frozen'); end;
CREATE TRIGGER "outlier_case: no update of stage" before update of stage on outlier_case when not (old.stage || ' > ' || new.stage in ('acknowledged > published', 'confirmed > letter sent', 'data check > closed', 'data check > data stand', 'data stand > notified', 'letter sent > acknowledged', 'letter sent > published', 'notified > response received', 'notified > review', 'potential > data check', 'published > closed', 'response received > review', 'review > closed', 'review > confirmed')) begin select raise(abort, 'no such move of a case'); end;
CREATE TRIGGER "outlier_case: no insert" before insert on outlier_case when new.stage <> 'potential' begin select raise(abort, 'a case begins as potential'); end;
CREATE TRIGGER "outlier_case: no delete" before delete on outlier_case begin select raise(abort, 'a case is never deleted'); end;
CREATE TRIGGER "case_document: no update of number, case_number, name, bytes, sha256, file, by, at" before update of "number", "case_number", "name", "bytes", "sha256", "file", "by", "at" on case_document begin select raise(abort, 'what is on record stays'); end;
CREATE TRIGGER "case_document: no update of state" before update of state on case_document when not (old.state || ' > ' || new.state in ('waiting > kept', 'waiting > refused', 'kept > removed')) begin select raise(abort, 'no such state'); end;
CREATE TRIGGER "case_document: no delete" before delete on case_document begin select raise(abort, 'what is on record stays'); end;
CREATE TRIGGER "case_step: no update of number, case_number, move, old, new, by, at, was_due, text_digest" before update of "number", "case_number", "move", "old", "new", "by", "at", "was_due", "text_digest" on case_step begin select raise(abort, 'what was said stays'); end;
CREATE TRIGGER "case_step: no update of text" before update of text on case_step when new.text <> '' begin select raise(abort, 'what was said stays'); end;
CREATE TRIGGER "case_step: no delete" before delete on case_step begin select raise(abort, 'what was said stays'); end;
CREATE TRIGGER "sentinel_review: no update of number, event_key, site_ods_code, outcome, lesson_digest, by, at" before update of "number", "event_key", "site_ods_code", "outcome", "lesson_digest", "by", "at" on sentinel_review begin select raise(abort, 'what was said stays'); end;
CREATE TRIGGER "sentinel_review: no update of lesson" before update of lesson on sentinel_review when new.lesson <> '' begin select raise(abort, 'what was said stays'); end;
CREATE TRIGGER "sentinel_review: no delete" before delete on sentinel_review begin select raise(abort, 'what was said stays'); end;
CREATE TRIGGER "snapshot: no insert" before insert on snapshot when new.state <> 'validating' begin select raise(abort, 'a snapshot begins as validating'); end;
CREATE TRIGGER "snapshot: no update of number, period, period_start, period_end, opened_at, opened_by, window_end, window_source" before update of "number", "period", "period_start", "period_end", "opened_at", "opened_by", "window_end", "window_source" on snapshot begin select raise(abort, 'what a snapshot was opened with stays'); end;
CREATE TRIGGER "snapshot: no update" before update on snapshot when old.state <> 'validating' begin select raise(abort, 'a snapshot that has ended stays'); end;
CREATE TRIGGER "snapshot: no update of state" before update of state on snapshot when new.state not in ('taken', 'cancelled') begin select raise(abort, 'no such move of a snapshot'); end;
CREATE TRIGGER "snapshot: no delete" before delete on snapshot begin select raise(abort, 'a snapshot is never deleted'); end;
COMMIT;
